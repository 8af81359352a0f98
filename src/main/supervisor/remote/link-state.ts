// Owns: what the life of one remote's link is made of: its states, what happens to it, and what is to be done then.
// Leaves: which state follows (link-step.ts), carrying effects out (remote.ts), and fetching what moved (sync-step.ts).
import type { Failure } from '../../../shared/failures.ts';
import type { CloseHow, Ending, LinkPhase } from '../../../shared/thread-messages.ts';
import type { GitWay } from './git-way.ts';

/** What went before, while a link is not up, or was not for long. */
export interface Troubles {
  readonly failures: number;
  /** When it went, or first failed; absent where the next failure is the first. */
  readonly awaySinceMs?: number;
}

export const NO_TROUBLES: Troubles = { failures: 0 };

/** A link that failed, and is tried again at `wakeAtMs`. */
export interface Wait extends Troubles {
  readonly wakeAtMs: number;
  readonly failure: Failure;
  /** When it failed. */
  readonly triedAtMs: number;
  /** It was due, and waits for what a neighbour on the same server finds. */
  readonly isDeferred?: true;
}

/** A link that is up. */
interface Up {
  readonly sinceMs: number;
  /** By what the remote is watched, in words. */
  readonly how: string;
  /** Whether it can say that all is here. */
  readonly checks: boolean;
  readonly way: GitWay;
  /** When the remote last answered, where it is asked at an interval. */
  readonly lastPollMs?: number;
  readonly failures: number;
}

interface Down {
  readonly failure: Failure;
  readonly wakeAtMs: number;
  readonly failures: number;
}

export type LinkState =
  /** No link, and none is wanted: held, or not begun. */
  | { readonly kind: 'idle' }
  /** A link is being opened; ended by `untilMs` where it is still in that phase. */
  | ({
      readonly kind: 'opening';
      readonly phase: LinkPhase;
      /** Absent while it waits for others. */
      readonly untilMs?: number;
    } & Troubles)
  | ({ readonly kind: 'connected' } & Up)
  /** PAUSE or RELOAD came while git uses the link: it closes when git is done. `isStale`: it is to be made anew then. */
  | ({ readonly kind: 'finishing'; readonly isStale: boolean; readonly why?: string } & Up)
  /** A link was told to close; only when it has ended does `next` begin. Past `untilMs` it is told again. */
  | { readonly kind: 'closing'; readonly next: Next; readonly untilMs: number }
  | ({ readonly kind: 'waiting' } & Wait)
  /** The same where no interface has an address, which may be why: a guess, so it is tried again all the same. */
  | ({ readonly kind: 'offline' } & Wait)
  /** It was refused: a person has to mend it, or it may pass. Until then it is tried now and then. */
  | ({ readonly kind: 'down' } & Down)
  | { readonly kind: 'gone' };

/** What a remote goes on to when its link has ended. */
export type Next =
  | { readonly kind: 'idle' | 'open' | 'gone' }
  | ({ readonly kind: 'down' } & Down)
  /** It had to be ended, and is tried again after a wait. `failures`: those before. */
  | ({ readonly kind: 'retry'; readonly failure: Failure } & Troubles);

/** What became of this machine's network. */
export interface NetworkChange {
  /** What could not be reached may be now. */
  readonly came: boolean;
  /** What was begun before, and has no answer yet, may have none. */
  readonly lost: boolean;
}

/** `why`: for what a link that was up is closed, as a person is told. */
export type LinkEvent =
  /** A link is wanted now, with no backoff left over: start, RESUME, RELOAD. */
  | { readonly kind: 'want' }
  /** Also when the link goes on in another way. `relaySocket`: where git may use it. */
  | {
      readonly kind: 'connected';
      readonly how: string;
      readonly checks: boolean;
      readonly relaySocket: string | undefined;
    }
  /** What it is busy with until it is up; `limitMs` absent: it waits for others. */
  | { readonly kind: 'phase'; readonly phase: LinkPhase; readonly limitMs?: number }
  /** Its phase, or its closing, may have lasted too long. */
  | { readonly kind: 'overdue' }
  /** What is done with it in this thread has thrown. */
  | { readonly kind: 'crashed'; readonly failure: Failure }
  /** A remote that is asked at an interval has answered. */
  | { readonly kind: 'polled' }
  /** A fetch is done, by the way that git is to take. */
  | { readonly kind: 'fetched'; readonly ok: boolean }
  /**
   * `isPassed`: the failure is of its rung alone, and the next one is chosen. `refusedUntilMs`: its account is refused, and
   * not tried before.
   */
  | {
      readonly kind: 'ended';
      readonly ending: Ending;
      readonly isPassed: boolean;
      readonly refusedUntilMs?: number | undefined;
    }
  /** The wait is over, or was cut short. */
  | { readonly kind: 'wake' }
  /** It has shown that it is there, by coming here itself. */
  | { readonly kind: 'there' }
  /** In any case a link may be dead and nobody has noticed. */
  | ({ readonly kind: 'network' } & NetworkChange)
  /** What a neighbour has found out of the server that both are on. */
  | { readonly kind: 'server'; readonly news: ServerNews }
  /** `busy`: a git operation uses the link. */
  | { readonly kind: 'hold'; readonly how: CloseHow; readonly busy: boolean; readonly why?: string }
  /** No git operation uses the link any more. */
  | { readonly kind: 'idle-link' }
  /** git was refused on a connection of its own: the link is of no use for now. */
  | { readonly kind: 'give-up'; readonly failure: Failure; readonly refusedUntilMs?: number | undefined }
  /** Its config changed so that the link must be made anew. `busy`: a git operation uses the link. */
  | { readonly kind: 'renew'; readonly busy: boolean; readonly why?: string }
  | { readonly kind: 'remove'; readonly how: CloseHow; readonly why?: string };

export type LinkEffect =
  /** `after`: what the last try came to. */
  | { readonly kind: 'open'; readonly after?: Failure }
  | { readonly kind: 'close'; readonly how: CloseHow }
  /** Have it shown that the other side is still there. */
  | { readonly kind: 'prove' }
  | { readonly kind: 'say'; readonly message: 'CONNECTED' }
  | { readonly kind: 'say'; readonly message: 'DISCONNECTED'; readonly why?: string }
  /** `lasting`: a link that is up again is no reason to say it again. */
  | { readonly kind: 'warn'; readonly text: string; readonly lasting?: true }
  /** Bring in what moved while there was no link. */
  | { readonly kind: 'catch-up' }
  /** The rung is another, because of this. */
  | { readonly kind: 'next-rung'; readonly failure: Failure }
  | { readonly kind: 'forget' };

/** What a step may ask of the world. `random` yields 0 ≤ r < 1. */
export interface LinkInputs {
  readonly nowMs: number;
  /** Whether the remote needs no network, or some interface has an address. Few steps ask, as it takes long. */
  readonly online: () => boolean;
  /** Whether a neighbour on the same server is trying to reach it right now. */
  readonly neighbourTries: () => boolean;
  /** Whether anybody holds: nothing is opened then. */
  readonly held: boolean;
  /** Whether it is a machine that may sleep, and was reached before: that it is away is no news then. */
  readonly mayBeAway: () => boolean;
  /** No wait after a failure is longer, in ms; undefined: as for any remote. */
  readonly longestWaitMs?: number | undefined;
  readonly random: () => number;
}

export type ServerNews =
  | { readonly kind: 'answers' }
  /** `nextTryMs`: when whoever found that tries again. */
  | { readonly kind: 'unreachable'; readonly nextTryMs: number };

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}

type UpState = Extract<LinkState, { kind: 'connected' | 'finishing' }>;

/** Whether the remote is CONNECTED, as the protocol says it. */
export const isUp = (state: LinkState): state is UpState => state.kind === 'connected' || state.kind === 'finishing';

export type LinkedState = Extract<LinkState, { kind: 'opening' } | UpState>;

/** Whether there is a link that was not told to close. */
export const isLinked = (state: LinkState): state is LinkedState => state.kind === 'opening' || isUp(state);
