// Owns: what a fetch is like whose turn has come, and what one that is over leaves for the next, from what is known of a remote. Pure.
// Leaves: when it is asked for (sync-step.ts), and doing it (main/git).
import { doorAfterNews, doorToFresh } from '../../../shared/git-protocol/relay-doors.ts';
import type { HowToFetch, NamedMoves } from '../../git/git-requests.ts';
import type { Outcome } from '../../git/operation.ts';
import { isUp } from './link-state.ts';
import { type RemoteRecord, relaySocket } from './record.ts';
import type { SyncState } from './sync-state.ts';
import { hasAllTags } from './tags-here.ts';

/** What one that failed was to bring, the next one is to look for. */
export const afterFetch = (outcome: Outcome): Partial<RemoteRecord> => ({
  doubt: outcome.doubt,
  ...(!outcome.ok && { told: 'unnamed' as const }),
});

/** Fewer are listed as soon as one, and what git asks of few can be asked before it is there. */
const MANY_REFS = 1_000;

/**
 * What the fetch is of that waits, or has begun; undefined: that is not known of all, or more is to be looked at.
 * `tagsMark`: of the tags here, as they are now.
 */
export function namedMoves(record: RemoteRecord, tagsMark: () => string | undefined): NamedMoves | undefined {
  const { config, sync, link, doubt, told, toldLate, listed, tags } = record;
  // Of a link that has left nobody tells what moves from then on.
  if (!isNewsAlone(sync) || !isUp(link) || doubt !== undefined || told === 'unnamed') return undefined;
  return {
    moves: told,
    areMany: listed === undefined ? undefined : listed >= MANY_REFS,
    get hasAllTags() {
      return !config.refs.tags || hasAllTags(tags, tagsMark);
    },
    mayBeOld: toldLate,
  };
}

/** A look that is to follow was asked for, as others may have moved besides. */
function isNewsAlone(sync: SyncState): boolean {
  if (sync.kind === 'queued') return sync.why !== 'check';
  if (sync.kind !== 'fetching' || sync.why === 'check' || sync.next.kind === 'compare') return false;
  return sync.next.kind === 'nothing' || sync.next.why !== 'check';
}

/** What the fetch is like whose turn has come. `tagsMark` as in namedMoves. */
export function howToFetch(record: RemoteRecord, tagsMark: () => string | undefined): HowToFetch {
  const { sync, doubt } = record;
  const fetching = sync.kind === 'fetching' ? sync : undefined;
  const isTold = fetching !== undefined && fetching.why !== 'check';
  const named = namedMoves(record, tagsMark);
  const socket = fetching?.over === 'link' ? relaySocket(record) : undefined;
  return {
    ...(socket !== undefined && {
      relay: { socket: isTold ? doorAfterNews(socket) : socket, freshSocket: doorToFresh(socket) },
    }),
    ...(named && { named }),
    looksForGone: fetching?.why !== 'news' || doubt !== undefined,
    ...(doubt && { doubt }),
  };
}
