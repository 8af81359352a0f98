// Owns: reading and comparing listings of very many refs in slices, so that main answers in between.
// Leaves: what a line says (shared/refs/ref-advertisement.ts), and what is made of it (prune.ts).
import { setImmediate as otherWork } from 'node:timers/promises';
import { gatherRefs } from '../../shared/refs/compact-refs.ts';
import { cutLines } from '../../shared/refs/listing-bytes.ts';
import { MOST_REFS, type RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import { findStale, type KeptRefs } from '../../shared/refs/stale-refs.ts';
import type { Pruning, RefName } from '../../shared/remote.ts';
import type { GitExit } from './run-git.ts';

/** Read, or compared, in a few ms. */
const SLICE = { characters: 256 * 1024, refs: 2_000 } as const;
/** `<object name> <ref> <what it stands for>`, as for-each-ref is asked to print. */
const SYMBOLIC = /^\S+ \S+ \S+$/gm;

/** The refs of a listing that is whole, without symbolic ones; undefined: there were more, or its end was not read. */
export async function readWhole({ stdout, isPart }: GitExit): Promise<RefAdvertisement | undefined> {
  if (isPart) return undefined;
  const gathered = gatherRefs();
  let lines = 0;
  const { push, end: endLines } = cutLines((bytes, from, to) => {
    if (to > from) lines += 1;
    gathered.line(bytes, from, to);
  });
  for (let start = 0, end = 0; start < stdout.length; start = end) {
    end = stdout.indexOf('\n', start + SLICE.characters) + 1 || stdout.length;
    push(Buffer.from(stdout.slice(start, end).replace(SYMBOLIC, '')));
    if (lines >= MOST_REFS || gathered.isFull()) return undefined;
    await otherWork();
  }
  endLines();
  const refs = gathered.refs();
  return refs.size < MOST_REFS && !gathered.isFull() ? refs : undefined;
}

/** As findStale. */
export async function findStaleInSlices(
  here: Iterable<RefName>,
  isThere: (ref: RefName) => boolean,
  pruning: Pruning,
): Promise<KeptRefs> {
  let kept = 0;
  const stale: RefName[] = [];
  for (const slice of slicesOf(here)) {
    const found = findStale(slice, isThere, pruning);
    kept += found.kept;
    for (const ref of found.stale) stale.push(ref);
    await otherWork();
  }
  return { kept, stale };
}

function* slicesOf(refs: Iterable<RefName>): Generator<readonly RefName[]> {
  let slice: RefName[] = [];
  for (const ref of refs) {
    slice.push(ref);
    if (slice.length < SLICE.refs) continue;
    yield slice;
    slice = [];
  }
  if (slice.length > 0) yield slice;
}
