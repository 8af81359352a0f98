// Owns: for which remotes it can be told without a fetch that everything is here, from what the config says.
// Leaves: telling it (shared/refs/all-here.ts).
import { areComparable } from '../../shared/refs/all-here.ts';
import type { Comparison } from '../../shared/remote.ts';
import type { GitConfig } from './git-config.ts';

export interface ComparisonOptions {
  readonly mode: 'fetch' | 'prefetch';
  readonly refspecs: readonly string[];
  readonly tags: boolean;
  /** Refspecs by which a fetch deletes what the remote has not got. */
  readonly pruned: readonly string[];
}

/** undefined: only a fetch can tell. */
export function readComparison(
  config: GitConfig,
  remote: string,
  { mode, refspecs, tags, pruned }: ComparisonOptions,
): Comparison | undefined {
  // Where prefetched refs go is git's own affair.
  if (mode === 'prefetch' || !areComparable(refspecs)) return undefined;
  // A server may list other refs to who tells it so (git-config(1)).
  if (config.get(`remote.${remote}.serverOption`) !== undefined) return undefined;
  // git 2.48 may have every fetch look where the remote's HEAD points; by default only one that finds none here. Since
  // 2.56 there is a key for all remotes.
  const ofAll = config.get('fetch.followRemoteHEAD');
  const head = config.get(`remote.${remote}.followRemoteHEAD`) ?? ofAll ?? 'create';
  const prunes = eitherBool(config, `remote.${remote}.prune`, 'fetch.prune');
  const prunesTags = eitherBool(config, `remote.${remote}.pruneTags`, 'fetch.pruneTags');
  if (!['create', 'never'].includes(head) || prunes === 'malformed' || prunesTags === 'malformed') return undefined;
  // For these git fetches all tags, whether it prunes or not; whoever follows none is not shown them.
  if (prunesTags && !tags) return undefined;
  const allTags = prunesTags || config.get(`remote.${remote}.tagOpt`) === '--tags';
  const isPartial = PARTIAL.some((key) => config.get(`remote.${remote}.${key}`) !== undefined);
  return { pruned, ...(allTags && { allTags }), ...(isPartial && { isPartial }) };
}

/** What git makes of a partial clone, and its filter (git-config(1)). */
const PARTIAL = ['promisor', 'partialclonefilter'];

const eitherBool = (config: GitConfig, key: string, fallback: string): boolean | 'malformed' =>
  config.getBool(key) ?? config.getBool(fallback) ?? false;
