// Owns: offering local refs to one remote, as a pure decision: what is to be offered, when it is asked for and tried again.
// Leaves: carrying effects out (syncing.ts), and which refs go where (git/push.ts).
import { decideWait } from '../../../shared/restart.ts';
import type { Outcome } from '../../git/operation.ts';

/** `offered`: names of refs or objects that are to be pushed and are not being pushed. `failures`: in a row. */
export type PushState = { readonly offered: readonly string[]; readonly failures: number } & (
  | { readonly kind: 'still' }
  /** A push waits for its turn. */
  | { readonly kind: 'queued' }
  /** `again`: another one waits for its turn already. */
  | { readonly kind: 'pushing'; readonly taken: readonly string[]; readonly again: boolean }
  | { readonly kind: 'backing-off'; readonly untilMs: number }
);

export type PushEvent =
  | { readonly kind: 'offer'; readonly refs: readonly string[] }
  /** What is remembered is to be offered now: the wait is over, is to be cut short, or nobody holds any more. */
  | { readonly kind: 'retry' }
  /** The turn of a push has come. */
  | { readonly kind: 'started' }
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly again: boolean }
  /** The config is another: what waits for its turn was asked for by the old one. */
  | { readonly kind: 'renewed' }
  /** A push that waited for its turn will have none. */
  | { readonly kind: 'forgotten' }
  /** Nothing is to be tried again by itself. */
  | { readonly kind: 'held' }
  /** A fault here: what it waits for may never come, and the next link offers all of it again. */
  | { readonly kind: 'given-up' };

export interface PushInputs {
  readonly nowMs: number;
  /** Whether the config wants anything to be pushed. */
  readonly isWanted: boolean;
  /** Whether it may be now: nobody holds, and the config wants it. */
  readonly mayPush: boolean;
  readonly random: () => number;
}

export interface PushStep {
  readonly state: PushState;
  /** Ask for a turn, or give up the one that is waited for. */
  readonly effect?: 'ask' | 'withdraw';
}

export const NOTHING_OFFERED: PushState = { kind: 'still', offered: [], failures: 0 };

export function stepPush(state: PushState, event: PushEvent, inputs: PushInputs): PushStep {
  switch (event.kind) {
    case 'offer':
      return wantPush({ ...state, offered: merged(state.offered, event.refs) }, inputs);
    case 'retry':
      return wantPush(state, inputs);
    case 'started': {
      if (state.kind !== 'queued') return stay(state);
      const { failures, offered } = state;
      return stay({ kind: 'pushing', taken: offered, offered: [], again: false, failures });
    }
    case 'done':
      return state.kind === 'pushing' ? stay(pushed(state, event.outcome, event.again, inputs)) : stay(state);
    case 'forgotten':
      if (state.kind === 'pushing') return stay({ ...state, again: false });
      return stay(state.kind === 'queued' ? { ...state, kind: 'still' } : state);
    case 'renewed':
      if (state.kind === 'backing-off' && !inputs.isWanted) return stay(atRest(state));
      return waits(state) ? { state, effect: inputs.isWanted ? 'ask' : 'withdraw' } : stay(state);
    case 'held':
      return stay(state.kind === 'backing-off' ? atRest(state) : state);
    case 'given-up': {
      const offered = state.kind === 'pushing' ? merged(state.taken, state.offered) : state.offered;
      return { state: atRest({ ...state, offered }), effect: 'withdraw' };
    }
    default:
      return event satisfies never;
  }
}

const stay = (state: PushState): PushStep => ({ state });
const atRest = ({ offered, failures }: PushState): PushState => ({ kind: 'still', offered, failures });

const waits = (state: PushState): boolean => state.kind === 'queued' || (state.kind === 'pushing' && state.again);

const merged = (some: readonly string[], others: readonly string[]): string[] => [...new Set([...some, ...others])];

function wantPush(state: PushState, { mayPush }: PushInputs): PushStep {
  if (state.offered.length === 0 || !mayPush) return stay(state.kind === 'backing-off' ? atRest(state) : state);
  switch (state.kind) {
    case 'queued':
      return stay(state);
    case 'pushing':
      return state.again ? stay(state) : { state: { ...state, again: true }, effect: 'ask' };
    case 'still':
    case 'backing-off':
      return { state: { kind: 'queued', offered: state.offered, failures: state.failures }, effect: 'ask' };
    default:
      return state satisfies never;
  }
}

/** Unless the remote did not want them they are offered again: after a wait, or when somebody says RESUME. */
function pushed(
  { taken, offered, again: isAskedAgain, failures }: Extract<PushState, { kind: 'pushing' }>,
  outcome: Outcome,
  again: boolean,
  { mayPush, nowMs, random }: PushInputs,
): PushState {
  const left = outcome.ok || outcome.refused ? offered : merged(taken, offered);
  const wait = decideWait(failures, 0, random);
  if (isAskedAgain) return { kind: 'queued', offered: left, failures: outcome.ok ? 0 : wait.failures };
  if (!outcome.ok && again && mayPush) {
    return { kind: 'backing-off', untilMs: nowMs + wait.waitMs, offered: left, failures: wait.failures };
  }
  return { kind: 'still', offered: left, failures: outcome.ok ? 0 : failures };
}
