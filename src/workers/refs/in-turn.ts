// Owns: that refs are listed by few at once, and given up when they are not listed in time, the wait for a turn left out.
// Leaves: listing them (poll-through-git.ts, upload-pack/list-refs.ts, local-refs.ts), and the turns (workers/turns.ts).
import { DaemonError } from '../../shared/failures.ts';
import type { Login } from '../../shared/thread-messages.ts';
import { answerOf } from '../answer-of.ts';
import { ANSWER } from '../patience.ts';
import type { ListingOptions, TakeTurn, TransportReport } from '../transport.ts';
import { inTurn } from '../turns.ts';

type List<Listing> = (signal: AbortSignal, options?: ListingOptions) => Promise<Listing>;

/** A comparison, which has a remote's listing for as long as it takes: of big ones, no more than a few fit into memory. */
export const comparingInTurn = <Found>(
  compare: () => Promise<Found>,
  takeTurn: TakeTurn,
  signal: AbortSignal,
): Promise<Found> => inTurn(takeTurn, { kind: 'look' }, signal, compare);

/** Of a remote's: each listing of a big one takes much memory, and a server may take its time. `login`: that it takes. */
export const remoteInTurn =
  <Listing>(
    list: List<Listing>,
    takeTurn: TakeTurn,
    report: (report: TransportReport) => void,
    login?: Login,
  ): List<Listing> =>
  (signal, options) =>
    inTurn(takeTurn, { kind: 'poll', ...(login && { login }) }, signal, () => {
      report({ kind: 'phase', phase: 'listing refs', limitMs: ANSWER.refsMs });
      return inTime((cut) => list(cut, options), signal);
    });

/** Gives it up when it takes too long. */
export const inTime = <Listing>(
  list: (signal: AbortSignal) => Promise<Listing>,
  signal: AbortSignal,
): Promise<Listing> =>
  answerOf(list, signal, {
    limitMs: ANSWER.refsMs,
    late: () => new DaemonError('timed-out', `no answer within ${ANSWER.refsMs / 1_000} s`),
  });
