// Owns: by which refspecs what is gone on a remote is deleted here, from what the config says.
// Leaves: what a fetch may take away (shared/refs/fetch-plan.ts), what is gone (shared/refs/stale-refs.ts), deleting it (main/git/prune.ts).
import { type PlanInputs, prunedBy } from '../../shared/refs/fetch-plan.ts';
import { parseRefspec } from '../../shared/refs/refspec.ts';
import type { FetchPlan, Pruning } from '../../shared/remote.ts';

/** undefined: nothing is ever deleted. */
export function readPruning(
  inputs: PlanInputs,
  plan: FetchPlan | undefined,
  mode: 'fetch' | 'prefetch',
): Pruning | undefined {
  const { prunes, refspecs } = inputs;
  const pruned = mode === 'fetch' ? prunedBy(inputs, plan) : prunes ? refspecs.flatMap(prefetched) : [];
  const negative = refspecs.filter((text) => text.startsWith('^'));
  return pruned.length === 0 ? undefined : { refspecs: [...pruned, ...negative] };
}

/** Where `fetch --prefetch` keeps it (git, builtin/fetch.c, filter_prefetch_refspec). */
function prefetched(text: string): string[] {
  const refspec = parseRefspec(text, 'fetch');
  if (!refspec || refspec.negative || !refspec.destination || refspec.source.startsWith('refs/tags/')) return [];
  return [`${refspec.source}:refs/prefetch/${refspec.destination.replace(/^refs\//, '')}`];
}
