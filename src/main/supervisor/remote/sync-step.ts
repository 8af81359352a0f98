// Owns: comparing, fetching and trying again with one remote, as a pure decision: state and event in, next state and effects out.
// Leaves: carrying effects out (syncing.ts), and what an outcome means for the link (sync-verdict.ts).
import { decideWait } from '../../../shared/restart.ts';
import { both, type FetchReason } from './fetch-reason.ts';
import { holdOff } from './hold-off.ts';
import {
  type CompareReason,
  type Next,
  STILL,
  type SyncEffect,
  type SyncEvent,
  type SyncInputs,
  type SyncState,
  type SyncStep,
} from './sync-state.ts';

export function stepSync(state: SyncState, event: SyncEvent, inputs: SyncInputs): SyncStep {
  switch (event.kind) {
    case 'news':
    case 'loss':
      return inputs.mayFetch ? wantFetch(state, event.kind) : stay(state);
    case 'unsure':
      return inputs.mayFetch ? wantComparison(state, 'hint', inputs) : stay(state);
    case 'check':
      return inputs.mayFetch ? wantComparison(state, 'check', inputs) : stay(state);
    case 'periodic-check':
      if (inputs.mayFetch && state.kind === 'comparing') return wantFetch(state, 'check');
      return inputs.mayFetch ? wantComparison(state, 'check', inputs) : stay(state);
    case 'asked': {
      const isPutOff = event.insists && isWaitingItOut(state);
      return inputs.mayFetch ? wantFetch(isPutOff ? atRest(state) : state, 'check') : stay(state);
    }
    case 'answered':
      return event.allHere ? foundAllHere(state) : foundMissing(state, inputs);
    case 'started':
      return state.kind === 'queued'
        ? stay({ ...state, kind: 'fetching', over: event.over, next: { kind: 'nothing' } })
        : stay(state);
    case 'done':
      return state.kind === 'fetching' ? fetched(state, event, inputs) : stay(state);
    case 'forgotten':
      return stay(forgotten(state));
    case 'retry':
      if (state.kind !== 'backing-off') return stay(state);
      return inputs.mayFetch ? wantFetch(atRest(state), 'check') : stay(atRest(state));
    case 'renewed':
      if (!waits(state)) return stay(state);
      return { state, effects: [{ kind: inputs.isWanted ? 'ask-fetch' : 'withdraw-fetch' }] };
    case 'link-left':
      if (isWaitingItOut(state)) return stay(state);
      return stay(state.kind === 'comparing' || state.kind === 'backing-off' ? atRest(state) : state);
    case 'given-up':
      return { state: isWaitingItOut(state) ? state : atRest(state), effects: [{ kind: 'withdraw-fetch' }] };
    default:
      return event satisfies never;
  }
}

const stay = (state: SyncState): SyncStep => ({ state, effects: [] });
const atRest = ({ failures }: SyncState): SyncState => ({ kind: 'still', failures });

const isWaitingItOut = (state: SyncState): boolean => state.kind === 'backing-off' && state.heldOff === true;

const withdrawn = (next: Next): SyncEffect[] => (next.kind === 'fetch' ? [{ kind: 'withdraw-fetch' }] : []);

const waits = (state: SyncState): boolean =>
  state.kind === 'queued' || (state.kind === 'fetching' && state.next.kind === 'fetch');

/** One that runs does not count: what moved may have moved after it looked. One that waits is joined. */
function wantFetch(state: SyncState, why: FetchReason): SyncStep {
  if (isWaitingItOut(state)) return stay(state);
  switch (state.kind) {
    case 'queued':
      return stay({ ...state, why: both(state.why, why) });
    case 'fetching': {
      const { next } = state;
      if (next.kind === 'fetch') return stay({ ...state, next: { kind: 'fetch', why: both(next.why, why) } });
      const reason = next.kind === 'compare' ? 'check' : why;
      return { state: { ...state, next: { kind: 'fetch', why: reason } }, effects: [{ kind: 'ask-fetch' }] };
    }
    case 'still':
    case 'comparing':
    case 'backing-off': {
      // The answer that is not there yet may have told of more than the news do.
      const reason = state.kind === 'comparing' ? 'check' : why;
      return { state: { kind: 'queued', why: reason, failures: state.failures }, effects: [{ kind: 'ask-fetch' }] };
    }
    default:
      return state satisfies never;
  }
}

/** Where nobody can compare, and where a fetch waits anyway, that will do. */
function wantComparison(state: SyncState, because: CompareReason, { canCompare }: SyncInputs): SyncStep {
  if (state.kind === 'queued' || isWaitingItOut(state)) return wantFetch(state, 'check');
  if (state.kind === 'fetching') {
    // What it brings in may be just what is missing.
    if (state.next.kind === 'fetch') return wantFetch(state, 'check');
    return stay({ ...state, next: { kind: 'compare', because: strongest(state.next, because) } });
  }
  if (!canCompare) return wantFetch(state, 'check');
  const reason = state.kind === 'comparing' ? strongest(state, because) : because;
  return { state: { kind: 'comparing', because: reason, failures: state.failures }, effects: [{ kind: 'ask-link' }] };
}

function foundAllHere(state: SyncState): SyncStep {
  return stay(state.kind === 'comparing' ? STILL : state);
}

function foundMissing(state: SyncState, inputs: SyncInputs): SyncStep {
  const effects: SyncEffect[] = state.kind === 'comparing' && state.because === 'hint' ? [{ kind: 'moved' }] : [];
  if (!inputs.mayFetch) return { state: state.kind === 'comparing' ? atRest(state) : state, effects };
  const next = state.kind === 'fetching' ? wantComparison(state, 'check', inputs) : wantFetch(state, 'check');
  return { state: next.state, effects: [...effects, ...next.effects] };
}

/** `again`: one that failed may be tried again by itself. */
function fetched(
  { next, failures }: Extract<SyncState, { kind: 'fetching' }>,
  { outcome, again }: Extract<SyncEvent, { kind: 'done' }>,
  inputs: SyncInputs,
): SyncStep {
  const { ok, doubt } = outcome;
  const wait = outcome.ok ? undefined : holdOff(outcome.failure, failures, inputs);
  if (wait) return { state: { kind: 'backing-off', heldOff: true, ...wait }, effects: withdrawn(next) };
  const rest: SyncState = { kind: 'still', failures: ok ? 0 : failures };
  if (next.kind === 'fetch') {
    const queued: SyncState = { kind: 'queued', why: next.why, failures: ok ? 0 : failures + 1 };
    // Where trying again is of no use, neither is the next.
    return ok || again ? stay(queued) : { state: queued, effects: [{ kind: 'withdraw-fetch' }] };
  }
  if (!inputs.mayFetch) return stay(rest);
  if (!ok && again) {
    const wait = decideWait(failures, 0, inputs.random);
    return stay({ kind: 'backing-off', untilMs: inputs.nowMs + wait.waitMs, failures: wait.failures });
  }
  if (outcome.ok && outcome.rest === 'soon') return wantFetch(rest, 'check');
  if (doubt !== undefined) return stay({ kind: 'backing-off', untilMs: doubt.againAtMs, failures: 0 });
  return next.kind === 'compare' ? wantComparison(rest, next.because, inputs) : stay(rest);
}

function forgotten(state: SyncState): SyncState {
  if (state.kind === 'queued') return atRest(state);
  if (state.kind === 'fetching' && state.next.kind === 'fetch') return { ...state, next: { kind: 'nothing' } };
  return state;
}

function strongest(earlier: Next | Extract<SyncState, { kind: 'comparing' }>, because: CompareReason): CompareReason {
  return 'because' in earlier && earlier.because === 'hint' ? 'hint' : because;
}
