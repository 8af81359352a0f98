// Owns: what one served network can be, what befalls it, and what follows from that, as data.
// Leaves: which follows from what (service-step.ts), and doing it (service.ts).
import { dispositionOf, type Failure } from '../../shared/failures.ts';
import type { CloseHow, Ending } from '../../shared/thread-messages.ts';

/** Times are in ms of a clock that never goes back. */
export type ServiceState =
  /** Not begun, or held: no loop runs. */
  | { readonly kind: 'off' }
  /** `failure`: by what the last try has ended. */
  | { readonly kind: 'starting'; readonly untilMs: number; readonly failures: number; readonly failure?: Failure }
  | ListeningState
  | { readonly kind: 'waiting'; readonly wakeAtMs: number; readonly failures: number; readonly failure: Failure }
  /** Somebody is in the middle of a push, and its loop is told to end after that. */
  | { readonly kind: 'finishing'; readonly next: Next }
  /** Its loop is told to end; what comes after that. */
  | { readonly kind: 'closing'; readonly untilMs: number; readonly next: Next }
  /** Its loop has ended for good. */
  | { readonly kind: 'gone' };

export interface ListeningState {
  readonly kind: 'listening';
  readonly sinceMs: number;
  readonly how: string;
  readonly addresses: readonly string[];
  readonly failures: number;
}

/** What an end is followed by. */
export type Next =
  | { readonly kind: 'off' | 'start' | 'gone' }
  | { readonly kind: 'retry'; readonly failure: Failure; readonly failures: number };

export type ServiceEvent =
  /** It is to be served now, without a wait that is left over. */
  | { readonly kind: 'want' }
  | { readonly kind: 'listening'; readonly how: string; readonly addresses: readonly string[] }
  | { readonly kind: 'ended'; readonly ending: Ending }
  /** The time that the state names has come. */
  | { readonly kind: 'due' }
  /** `isPushedTo`: by somebody, just now. */
  | { readonly kind: 'hold'; readonly how: CloseHow; readonly isPushedTo: boolean }
  /** Nobody pushes any more. */
  | { readonly kind: 'pushed' }
  /** What it is served with is another. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'remove'; readonly how: CloseHow };

export type ServiceEffect =
  | { readonly kind: 'open' }
  | { readonly kind: 'finish' }
  | { readonly kind: 'close'; readonly how: CloseHow }
  | { readonly kind: 'tell'; readonly level: 'info' | 'warn'; readonly text: string }
  /** It could not be, or is no more, and not because anybody wanted that. */
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'forget' };

export interface ServiceStep {
  readonly state: ServiceState;
  readonly effects: readonly ServiceEffect[];
}

export interface ServiceInputs {
  readonly nowMs: number;
  readonly held: boolean;
  readonly random: () => number;
}

export type RunningState = Extract<ServiceState, { kind: 'starting' | 'listening' }>;

/** It waits for what a person has to do: a config that was read again may be that. */
export const waitsForPerson = (state: ServiceState): boolean =>
  state.kind === 'waiting' && dispositionOf(state.failure.code) === 'give-up';

/** The moment at which a state is over by time alone. */
export function dueAtMs(state: ServiceState): number | undefined {
  if (state.kind === 'waiting') return state.wakeAtMs;
  return state.kind === 'starting' || state.kind === 'closing' ? state.untilMs : undefined;
}
