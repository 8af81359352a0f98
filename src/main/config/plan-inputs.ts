// Owns: what the config says of pruning, tags and mirrors that decides what a fetch may do, and what is passed over of it.
// Leaves: deciding it (shared/refs/fetch-plan.ts).
import { type PlanInputs, prunedBy } from '../../shared/refs/fetch-plan.ts';
import type { FetchPlan } from '../../shared/remote.ts';
import { shownWord } from '../../shared/shell-word.ts';
import type { GitConfig } from './git-config.ts';

export function readPlanInputs(
  config: GitConfig,
  remote: string,
  { refspecs, bare }: Pick<PlanInputs, 'refspecs' | 'bare'>,
): PlanInputs {
  const others = config.subsections('remote').filter((name) => name !== remote);
  // What git refuses as a value is taken for a yes: where it matters, git refuses the fetch.
  const isOn = (key: string): boolean => (config.getBool(key) ?? false) !== false;
  return {
    remote,
    refspecs,
    bare,
    mirror: isOn(`remote.${remote}.mirror`),
    prunes: isOn(setFirst(config, `remote.${remote}.prune`, 'fetch.prune')),
    prunesTags: isOn(setFirst(config, `remote.${remote}.pruneTags`, 'fetch.pruneTags')),
    others: others.flatMap((name) => config.getAll(`remote.${name}.fetch`)),
  };
}

const setFirst = (config: GitConfig, key: string, fallback: string): string =>
  config.get(key) === undefined ? fallback : key;

/** For the log: that git by itself would delete more than a fetch of ours does, and by which command; undefined: no more. */
export function whatIsKept(inputs: PlanInputs, plan: FetchPlan | undefined): string | undefined {
  if (prunedBy(inputs, undefined).length <= prunedBy(inputs, plan).length) return undefined;
  const what = plan?.keepsAll
    ? 'its refs are kept where those of others are, so none of them is'
    : 'tags, and all else that is kept outside refs/remotes/, are not';
  const command = `git fetch --prune ${shownWord(inputs.remote)}`;
  return `remote.${inputs.remote}: ${what} pruned by a fetch that nobody asked for; to prune them: ${command}`;
}
