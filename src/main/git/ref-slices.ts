// Owns: reading and comparing listings of very many refs in slices, so that main answers in between.
// Leaves: what a line says (shared/refs/ref-advertisement.ts), and what is made of it (prune.ts).
import { setImmediate as otherWork } from 'node:timers/promises';
import { MOST_REFS, parseRefLines, type RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import { findStale, type KeptRefs } from '../../shared/refs/stale-refs.ts';
import type { ObjectName, Pruning, RefName } from '../../shared/remote.ts';
import type { GitExit } from './run-git.ts';

/** Read, or compared, in a few ms. */
const SLICE = { characters: 256 * 1024, refs: 2_000 } as const;
/** `<object name> <ref> <what it stands for>`, as for-each-ref is asked to print. */
const SYMBOLIC = /^\S+ \S+ \S+$/gm;

/** The refs of a listing that is whole, without symbolic ones; undefined: there were more, or its end was not read. */
export async function readWhole({ stdout, isPart }: GitExit): Promise<RefAdvertisement | undefined> {
  if (isPart) return undefined;
  const refs = new Map<RefName, ObjectName>();
  for (let start = 0, end = 0; start < stdout.length; start = end) {
    end = stdout.indexOf('\n', start + SLICE.characters) + 1 || stdout.length;
    for (const [ref, tip] of parseRefLines(stdout.slice(start, end).replace(SYMBOLIC, ''))) refs.set(ref, tip);
    if (refs.size >= MOST_REFS) return undefined;
    await otherWork();
  }
  return refs;
}

/** As findStale. */
export async function findStaleInSlices(
  here: readonly RefName[],
  isThere: (ref: RefName) => boolean,
  pruning: Pruning,
): Promise<KeptRefs> {
  let kept = 0;
  const stale: RefName[] = [];
  for (let start = 0; start < here.length; start += SLICE.refs) {
    const found = findStale(here.slice(start, start + SLICE.refs), isThere, pruning);
    kept += found.kept;
    for (const ref of found.stale) stale.push(ref);
    await otherWork();
  }
  return { kept, stale };
}
