// Owns: whether fetches of a remote delete what is gone there, and by which refspecs, from what the config says.
// Leaves: what is gone (shared/refs/stale-refs.ts), and deleting it (main/git/prune.ts).
import { parseRefspec, type Refspec } from '../../shared/refs/refspec.ts';
import type { Pruning } from '../../shared/remote.ts';
import type { GitConfig } from './git-config.ts';

export interface PruningOptions {
  readonly mode: 'fetch' | 'prefetch';
  readonly refspecs: readonly string[];
  /** What is kept in a bare repository is the remote's; elsewhere only what is kept for it. */
  readonly bare: boolean;
}

const OURS = /^refs\/(?:remotes|prefetch)\//;

/** undefined: nothing is ever deleted. */
export function readPruning(
  config: GitConfig,
  remote: string,
  { mode, refspecs, bare }: PruningOptions,
): Pruning | undefined {
  const prunes = config.getBool(`remote.${remote}.prune`) ?? config.getBool('fetch.prune');
  // git refuses to fetch where it is malformed.
  if (prunes !== true) return undefined;
  const kept = refspecs.flatMap((text) => {
    const refspec = parseRefspec(text, 'fetch');
    if (refspec === undefined || refspec.negative) return refspec ? [text] : [];
    const place = mode === 'prefetch' ? prefetchPlace(refspec) : refspec.destination;
    return place && (bare || OURS.test(place)) ? [`${refspec.source}:${place}`] : [];
  });
  return { refspecs: kept };
}

/** Where `fetch --prefetch` keeps it (git, builtin/fetch.c, filter_prefetch_refspec); undefined: nowhere. */
function prefetchPlace({ source, destination }: Refspec): string | undefined {
  if (!destination || source.startsWith('refs/tags/')) return undefined;
  return `refs/prefetch/${destination.replace(/^refs\//, '')}`;
}
