// Owns: what comparing and fetching with one remote is made of: its states, what happens to it, and what is to be done then.
// Leaves: which state follows (sync-step.ts), and carrying effects out (syncing.ts).
import type { Moves } from '../../../shared/moves.ts';
import type { Outcome } from '../../git/operation.ts';
import type { FetchReason } from './fetch-reason.ts';

/** `hint`: the server said something that may mean a change; `check`: it is time to, whatever was said. */
export type CompareReason = 'hint' | 'check';

/** `failures`: of fetches, in a row. */
export type SyncState =
  | { readonly kind: 'still'; readonly failures: number }
  /** The link was asked whether all is here. */
  | { readonly kind: 'comparing'; readonly because: CompareReason; readonly failures: number }
  /** A fetch waits for its turn. */
  | { readonly kind: 'queued'; readonly why: FetchReason; readonly failures: number }
  /** `over`: the link's relay, or a connection of git's own. */
  | {
      readonly kind: 'fetching';
      readonly over: 'link' | 'own';
      readonly why: FetchReason;
      readonly next: Next;
      readonly failures: number;
    }
  /** One has failed, or left something in doubt. `heldOff`: until then, whatever the remote says. */
  | { readonly kind: 'backing-off'; readonly untilMs: number; readonly heldOff?: true; readonly failures: number };

/** What a fetch is followed by. `fetch`: another one waits for its turn already. */
export type Next =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'compare'; readonly because: CompareReason }
  | { readonly kind: 'fetch'; readonly why: FetchReason };

export type SyncEvent =
  /** Refs moved that a fetch would bring; `loss`: and some may be gone. */
  | { readonly kind: 'news' | 'loss' }
  /** Something may have moved. */
  | { readonly kind: 'unsure' }
  /** Whether all is here is to be seen. */
  | { readonly kind: 'check' }
  /** So it is, as long after the last time as may be: a link that has not answered since hangs. */
  | { readonly kind: 'periodic-check' }
  /** Somebody waits for a fetch; `insists`: now, whatever it was put off for. */
  | { readonly kind: 'asked'; readonly insists: boolean }
  /** What the link was asked; it may be asked again before it has answered. */
  | { readonly kind: 'answered'; readonly allHere: boolean }
  /** The turn of a fetch has come. */
  | { readonly kind: 'started'; readonly over: 'link' | 'own' }
  /** `moves`: for whoever waits for it. */
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly again: boolean; readonly moves?: Moves }
  /** A fetch that waited for its turn will have none. */
  | { readonly kind: 'forgotten' }
  /** The wait is over, or is to be cut short. */
  | { readonly kind: 'retry' }
  /** The config is another: what waits for its turn was asked for by the old one. */
  | { readonly kind: 'renewed' }
  /** The link has ended, or is to be quiet: the next one catches up. */
  | { readonly kind: 'link-left' }
  /** A fault here: what it waits for may never come, and the next link catches up. */
  | { readonly kind: 'given-up' };

export type SyncEffect =
  /** Ask for a turn. */
  | { readonly kind: 'ask-fetch' }
  /** Give up the turn that is waited for. */
  | { readonly kind: 'withdraw-fetch' }
  /** Ask the link whether all is here. */
  | { readonly kind: 'ask-link' }
  /** What the server told of, and may not have been so, was. */
  | { readonly kind: 'moved' };

/** What a step may ask of the world. `random` yields 0 ≤ r < 1. */
export interface SyncInputs {
  readonly nowMs: number;
  /** Whether the config wants anything to be fetched. */
  readonly isWanted: boolean;
  /** Whether it may be now: the link is up, nobody holds, and the config wants it. */
  readonly mayFetch: boolean;
  /** Whether the link can say that all is here. */
  readonly canCompare: boolean;
  readonly random: () => number;
}

export interface SyncStep {
  readonly state: SyncState;
  readonly effects: readonly SyncEffect[];
}

export const STILL: SyncState = { kind: 'still', failures: 0 };
