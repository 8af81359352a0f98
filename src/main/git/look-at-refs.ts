// Owns: listing the refs of a remote, and those that are kept of them here, after a fetch that did not end well.
// Leaves: what is read of them (shared/refs/not-brought.ts).
import { areComparable, keptPlaces } from '../../shared/refs/all-here.ts';
import type { Sides } from '../../shared/refs/not-brought.ts';
import { listingOptions } from '../../shared/refs/ref-advertisement.ts';
import { parseRefName, type RemoteName, type WantedRefs } from '../../shared/remote.ts';
import { readWhole } from './ref-slices.ts';
import { type GitExit, STDERR_CHARACTERS } from './run-git.ts';

/** How git is run for this; `list` reaches the remote. */
export interface LookTools {
  readonly list: (args: readonly string[]) => Promise<GitExit>;
  readonly git: (args: readonly string[]) => Promise<GitExit>;
}

/** `<object name> <ref> <what it stands for>` */
const SYMBOLIC = /^\S+ (\S+) \S+$/gm;
/** More take the main thread too long to compare. */
const MOST_REFS = 50_000;

/** undefined: they cannot be listed whole, or not be compared. */
export async function lookAtRefs(
  remote: RemoteName,
  refspecs: readonly string[],
  { list, git }: LookTools,
): Promise<Sides | undefined> {
  if (!areComparable(refspecs)) return undefined;
  const wanted: WantedRefs = { refspecs, tags: true };
  const listed = await list(['ls-remote', '--refs', ...listingOptions(wanted), '--', remote]);
  if (listed.status !== 0 || listed.stderr.length >= STDERR_CHARACTERS) return undefined;
  const kept = await git(['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...keptPlaces(wanted)]);
  if (kept.status !== 0) return undefined;
  const [there, here] = [await readWhole(listed), await readWhole(kept)];
  const symbolic = [...kept.stdout.matchAll(SYMBOLIC)].flatMap(([, name = '']) => parseRefName(name) ?? []);
  return there && here && there.size + here.size <= MOST_REFS ? { there, here, symbolic } : undefined;
}
