// Owns: what somebody waits for with one remote, as a pure decision: when he has it, and when it will not come.
// Leaves: who waits, and bringing it about (asking.ts), and the words about several remotes (main/commands).
import { moveWords } from '../../../shared/move-words.ts';
import type { Moves } from '../../../shared/moves.ts';
import type { Held } from '../../../shared/status.ts';
import type { Outcome } from '../../git/operation.ts';
import { isUp, type LinkState } from './link-state.ts';
import { isWaiting } from './link-wait.ts';
import type { RemoteRecord } from './record.ts';
import type { SyncState } from './sync-state.ts';

/** `fetched`: a fetch that began since is over. `all-here`: all that it had when that was wished for is here. */
export type Wish = 'fetched' | 'all-here';

export interface WaitingWish {
  readonly kind: 'waiting';
  readonly wish: Wish;
  /** How many comparisons had been asked of its links by then. */
  readonly askedBefore: number;
  /** A fetch runs that began since. */
  readonly isFetching: boolean;
  /** Fetches since that have failed. */
  readonly failures: number;
  /** One since has brought a part. */
  readonly hasPart: boolean;
}

/** `ok: false`: it will not come. */
export interface Fulfilled {
  readonly kind: 'over';
  readonly ok: boolean;
  readonly text?: string;
}

export type WishEvent =
  | { readonly kind: 'fetch-began' | 'fetch-forgotten' }
  | { readonly kind: 'fetch-done'; readonly outcome: Outcome; readonly moves: Moves }
  /** `asked`: the number of the comparison. */
  | { readonly kind: 'compared'; readonly asked: number; readonly allHere: boolean }
  /** Its link, its config, or what holds it is another. */
  | { readonly kind: 'changed' };

/** What the remote is, after the event. */
export interface WishInputs {
  readonly record: Pick<RemoteRecord, 'config' | 'link' | 'sync' | 'history'>;
  readonly held: Held;
  /** Why it is, where that is over by itself. */
  readonly whyHeld?: string | undefined;
  /** What was listed a moment ago stands for now where it is polled. */
  readonly isPolled: boolean;
}

export const newWish = (wish: Wish, askedBefore: number): WaitingWish => ({
  kind: 'waiting',
  wish,
  askedBefore,
  isFetching: false,
  failures: 0,
  hasPart: false,
});

export function stepWish(state: WaitingWish, event: WishEvent, inputs: WishInputs): WaitingWish | Fulfilled {
  switch (event.kind) {
    case 'fetch-began':
      return { ...state, isFetching: true };
    case 'fetch-done':
      return state.isFetching ? afterFetch({ ...state, isFetching: false }, event, inputs) : state;
    case 'compared': {
      const counts = event.allHere && event.asked > state.askedBefore && !inputs.isPolled;
      return counts && state.wish === 'all-here' ? { kind: 'over', ok: true, text: 'all is here' } : state;
    }
    case 'fetch-forgotten':
      if (state.wish === 'fetched' && !state.isFetching && isUp(inputs.record.link) && inputs.held === 'no')
        return failed(inputs.record.history.lastSync?.detail ?? 'its fetch was called off');
      return unlessHopeless(state, inputs);
    case 'changed':
      return unlessHopeless(state, inputs);
    default:
      return event satisfies never;
  }
}

type FetchDone = Extract<WishEvent, { kind: 'fetch-done' }>;

function afterFetch(state: WaitingWish, { outcome, moves }: FetchDone, inputs: WishInputs): WaitingWish | Fulfilled {
  if (!outcome.ok) {
    const next: WaitingWish = { ...state, failures: state.failures + 1 };
    const isTriedAgain = state.wish === 'all-here' || (next.failures === 1 && goesTheOtherWay(inputs.record));
    return isTriedAgain ? unlessHopeless(next, inputs) : failed(outcome.failure.detail);
  }
  // The next one goes on with it by itself.
  if (outcome.rest === 'soon') return { ...state, hasPart: true };
  if (state.wish === 'all-here' && (outcome.rest || outcome.isPart || outcome.doubt)) return state;
  const brought = moveWords(moves, inputs.record.config.name);
  const isNews = brought !== '' || state.hasPart || !outcome.nothingNew;
  return { kind: 'over', ok: true, text: fetchedText(isNews ? `fetched ${brought}`.trimEnd() : 'up to date', outcome) };
}

/** Where git could not get through the link, its own way is next, in a second. */
const goesTheOtherWay = ({ link, sync }: WishInputs['record']): boolean =>
  isUp(link) && link.way.kind === 'own' && (sync.kind === 'queued' || sync.kind === 'backing-off');

function fetchedText(what: string, { rest, leftOut = [] }: Extract<Outcome, { ok: true }>): string {
  const parts = [
    what,
    ...(rest === 'later' ? ['more is left for later'] : []),
    ...(leftOut.length > 0 ? [`${leftOut.length} refs were left as they are here`] : []),
  ];
  return parts.join('; ');
}

/** A fetch that runs is waited for in any case. */
function unlessHopeless(state: WaitingWish, { record, held, whyHeld }: WishInputs): WaitingWish | Fulfilled {
  const { link, sync, config } = record;
  if (link.kind === 'gone') return failed('it is not watched any more');
  if (state.isFetching) return state;
  if (held === 'stopping') return failed('the daemon stops');
  if (held === 'paused') return failed(pausedFor(whyHeld));
  if (!config.fetches) return failed(whyNotFetched(config.name));
  if (state.wish === 'all-here') return state;
  if (held === 'no-network') return failed(NO_NETWORK);
  const isBroken = isWaiting(link) || link.kind === 'down';
  return isBroken && sync.kind !== 'queued' && sync.kind !== 'fetching' ? failed(link.failure.detail) : state;
}

const failed = (text: string): Fulfilled => ({ kind: 'over', ok: false, text });

/** What is to be done where nothing is fetched. */
export const pausedFor = (why: string | undefined): string => `it is paused: ${why ?? "'git remote-daemon resume'"}`;
export const NO_NETWORK = 'the daemon was told that the network is gone';
export const whyNotFetched = (name: string): string =>
  `remote.${name}.annex-pull is false, so that it is not fetched; 'git fetch ${name}' does it all the same`;

/** What is still waited for with it, for a person. */
export function whatIsAwaited({ link, sync, history }: WishInputs['record'], held: Held): string {
  if (held === 'no-network') return NO_NETWORK;
  if (isWaiting(link) || link.kind === 'down') return `not connected: ${link.failure.detail}`;
  if (link.kind === 'opening') return `it is being connected to (${link.phase})`;
  return isUp(link) ? awaitedOf(sync, history.lastSync?.detail) : 'its link is being made anew';
}

function awaitedOf(sync: SyncState, lastFailure: string | undefined): string {
  switch (sync.kind) {
    case 'comparing':
      return 'it is asked what it has';
    case 'queued':
      return 'a fetch waits for its turn';
    case 'fetching':
      return 'a fetch runs';
    case 'backing-off':
      return lastFailure === undefined ? 'it is to be looked at once more' : `the last fetch failed: ${lastFailure}`;
    case 'still':
      return lastFailure === undefined ? 'more is left for later' : `the last fetch failed: ${lastFailure}`;
    default:
      return sync satisfies never;
  }
}

/** Whether a link has come up since, so that what waits for it can be asked. */
export const cameUp = (before: LinkState, now: LinkState): boolean =>
  before.kind !== 'connected' && now.kind === 'connected';
