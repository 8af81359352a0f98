// Owns: what is to be made of refs that a link says have moved. Pure.
// Leaves: the fetch that follows (sync-state.ts).
import { wantedRefs } from '../../../shared/refs/ref-advertisement.ts';
import type { RefMove, WantedRefs } from '../../../shared/remote.ts';
import type { SyncEvent } from './sync-state.ts';

type News = Extract<SyncEvent, { kind: 'news' | 'loss' }>;

/** undefined: none, as no fetch would bring them (a forge's pull requests). `refs` is undefined where they are not named. */
export function newsOf(refs: readonly RefMove[] | undefined, wanted: WantedRefs): News | undefined {
  if (refs === undefined) return { kind: 'loss' };
  const isWanted = wantedRefs(wanted);
  const moved = refs.filter(({ ref }) => isWanted(ref));
  if (moved.length === 0) return undefined;
  return { kind: moved.some(({ tip }) => tip === undefined || tip === 'unknown') ? 'loss' : 'news' };
}
