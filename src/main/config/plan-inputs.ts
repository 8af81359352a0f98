// Owns: what the config says of pruning, tags and mirrors that decides what a fetch may do, and what is passed over of it.
// Leaves: deciding it (shared/refs/fetch-plan.ts).
import { type PlanInputs, prunedBy } from '../../shared/refs/fetch-plan.ts';
import type { FetchPlan } from '../../shared/remote.ts';
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

/** For the log: what git would delete by itself and a fetch of ours does not; undefined: nothing. */
export function whatIsKept(inputs: PlanInputs, plan: FetchPlan | undefined): string | undefined {
  if (prunedBy(inputs, undefined).length <= prunedBy(inputs, plan).length) return undefined;
  const what = plan?.keepsAll ? 'nothing is deleted here' : 'nothing is deleted here outside refs/remotes/';
  return `of remote.${inputs.remote}, ${what} by a fetch that nobody asked for, whatever is to be pruned`;
}
