// Owns: deleting what is kept here of refs that a remote no longer has: listed by a process of its own, and never by the fetch.
// Leaves: what is stale (shared/refs/stale-refs.ts), what of it is believed (shared/refs/loss.ts), the fetch (fetch.ts).
import { gitFailure, isLostRace } from '../../shared/git-failures.ts';
import { keptPlaces } from '../../shared/refs/all-here.ts';
import { anew, type Doubt, judgeStale } from '../../shared/refs/loss.ts';
import { listingOptions } from '../../shared/refs/ref-advertisement.ts';
import {
  type ObjectName,
  type Pruning,
  parseRefName,
  type RefName,
  type RemoteName,
  type WantedRefs,
} from '../../shared/remote.ts';
import type { Outcome } from './operation.ts';
import { findStaleInSlices, readWhole } from './ref-slices.ts';
import { type GitExit, STDERR_CHARACTERS } from './run-git.ts';

export interface PruneRequest {
  readonly pruning: Pruning;
  /** What the last listing left in doubt. */
  readonly doubt?: Doubt;
}

/** How git is run for this: `list` to reach the remote by a process that was not started before. */
export interface PruneTools {
  readonly list: (args: readonly string[]) => Promise<GitExit>;
  readonly git: (args: readonly string[], input?: string) => Promise<GitExit>;
  readonly nowMs: () => number;
  /** Of each that was deleted. */
  readonly onDeleted?: (ref: RefName, old: ObjectName | undefined) => void;
}

/** A fetch with --prune would believe whatever one listing says. What moves here meanwhile is left for another look. */
export async function pruneStale(
  remote: RemoteName,
  { pruning, doubt }: PruneRequest,
  { list, git, nowMs, onDeleted }: PruneTools,
): Promise<Outcome> {
  const wanted: WantedRefs = { refspecs: pruning.refspecs, tags: false };
  // Before it is asked what is there: what is written here meanwhile is not deleted.
  const here = await git(['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...keptPlaces(wanted)]);
  if (here.isPart) return UNPRUNED;
  if (here.status !== 0) return failed(here);
  const listed = await list(['ls-remote', '--refs', ...listingOptions(wanted), '--', remote]);
  // Nor is it known which are broken there, where only the last of that was kept.
  if (listed.isPart || listed.stderr.length >= STDERR_CHARACTERS) return UNPRUNED;
  if (listed.status !== 0) return failed(listed);
  const tips = await readWhole(here);
  const there = await readWhole(listed);
  if (tips === undefined || there === undefined) return UNPRUNED;
  // Of a ref that is broken there, as when its objects are being removed, git says so and lists it not.
  const broken = refsIn(listed.stderr);
  const isThere = (ref: RefName): boolean => there.has(ref) || broken.has(ref);
  const belief = judgeStale(await findStaleInSlices(tips.keys(), isThere, pruning), doubt, nowMs());
  if (belief.kind === 'doubt') return { ok: true, nothingNew: true, doubt: belief.doubt };
  if (belief.refs.length === 0) return { ok: true, nothingNew: true };
  const orders = belief.refs.map((ref) => `delete ${ref} ${tips.get(ref) ?? ''}\n`).join('');
  const deleted = await git(['update-ref', '--no-deref', '--stdin'], orders);
  if (deleted.status === 0) {
    for (const ref of belief.refs) onDeleted?.(ref, tips.get(ref));
    return { ok: true };
  }
  return isLostRace(deleted.stderr) ? { ok: true, doubt: anew(belief.refs, nowMs()) } : failed(deleted);
}

const UNPRUNED: Outcome = { ok: true, nothingNew: true, unpruned: true };
const failed = ({ stderr }: GitExit): Outcome => ({ ok: false, failure: gitFailure(stderr) });

const refsIn = (text: string): ReadonlySet<RefName> =>
  new Set((text.match(/refs\/[^\s'":]+/g) ?? []).flatMap((word) => parseRefName(word) ?? []));
