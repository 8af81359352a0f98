// Owns: what every way of watching a remote has in common.
// Leaves: the ways themselves (ssh/, local/, refs/), and the port to the main thread (connection-loop.ts).
import type { LoginOutcome } from '../shared/account.ts';
import type { RefAdvertisement } from '../shared/refs/ref-advertisement.ts';
import type { Gate, LinkTask, Report } from '../shared/thread-messages.ts';

/** About a listing, for whoever makes it. */
export interface ListingOptions {
  /** An earlier one; given back where it is the same. */
  readonly before?: RefAdvertisement;
  /** Called when the answer has begun to come, where that can be told. */
  readonly onBegin?: () => void;
}

/**
 * Lists the remote's refs as they are now. Throws a DaemonError, also where they do not come in time, and settles soon
 * after the signal is aborted. Waiting for a turn, or a poll, takes nothing off that time.
 */
export type ListRefs = (signal: AbortSignal, options?: ListingOptions) => Promise<RefAdvertisement>;

/** What a link can tell of the remote's refs, without a fetch. */
export interface RemoteRefs {
  readonly list: ListRefs;
  /** What was listed is all here. */
  readonly areHere: (listed: RefAdvertisement) => void;
}

/** What a transport may report; `started` and `ended` are the loop's own. */
export type TransportReport =
  | Exclude<Report, { kind: 'started' | 'connected' | 'wants-turn' | 'turn-over' | 'ended' }>
  | Connected
  /** So many bytes came in from outside. Stays in the thread, whose memory they may fill. */
  | { readonly kind: 'received'; readonly bytes: number };

/** `refs` is absent where only a fetch can tell what is there. */
export type Connected = Omit<Extract<Report, { kind: 'connected' }>, 'checks'> & { readonly refs?: RemoteRefs };

/** How a transport is told to end. `now` is never aborted without `kindly`; from `now` on nothing is waited for. */
export interface Closing {
  readonly kindly: AbortSignal;
  readonly now: AbortSignal;
}

/**
 * Resolves with what gives the turn up; before that no more than a few others have one. Throws the signal's reason; of a
 * login also TurnDenied (turns.ts).
 */
export type TakeTurn = (gate: Gate, signal: AbortSignal) => Promise<(outcome?: LoginOutcome) => void>;

/** Calls a listener whenever the link may be dead without knowing it: the other side is to answer within so many ms. */
export type OnDoubt = (listener: (limitMs: number) => void) => void;

/**
 * Opens a link, reports `connected`, then every `moved`, until it is told to close (resolves) or fails (throws a
 * DaemonError). It settles only once all it opened is closed: sockets, children, timers, the relay's socket file.
 */
export type Transport = (
  task: LinkTask,
  report: (report: TransportReport) => void,
  closing: Closing,
  takeTurn: TakeTurn,
  onDoubt?: OnDoubt,
) => Promise<void>;
