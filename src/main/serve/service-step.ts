// Owns: the life of one served network as a pure decision: state and event in, next state and effects out.
// Leaves: carrying effects out (service.ts), which networks are served (services.ts), and what a network does (workers/peer).
import { dispositionOf, type Failure } from '../../shared/failures.ts';
import { decideWait, type WaitLimits } from '../../shared/restart.ts';
import type { CloseHow, Ending } from '../../shared/thread-messages.ts';
import { LINK, SERVICE } from '../patience.ts';
import {
  dueAtMs,
  type Next,
  type RunningState,
  type ServiceEffect,
  type ServiceEvent,
  type ServiceInputs,
  type ServiceState,
  type ServiceStep,
} from './service-state.ts';

/** Whoever wants to come in does not wait longer than this for what was mended. */
const WAITS = { firstMs: 1_000, longestMs: 300_000 };
/** What a person has to mend is looked at again slowly: he asks for it (RELOAD), or changes the config. */
const WAITS_FOR_A_PERSON = { firstMs: 300_000, longestMs: 3_600_000 };

const OFF = { kind: 'off' } as const;

const again = ({ held }: ServiceInputs): Next => (held ? OFF : { kind: 'start' });
const NO_LONGER: ServiceEffect = { kind: 'tell', level: 'info', text: 'no longer served' };

export function stepService(state: ServiceState, event: ServiceEvent, inputs: ServiceInputs): ServiceStep {
  switch (event.kind) {
    case 'want':
      return wanted(state, inputs);
    case 'listening':
      return listening(state, event, inputs);
    case 'ended':
      return ended(state, event.ending, inputs);
    case 'due':
      return due(state, inputs);
    case 'hold':
      return event.isPushedTo && event.how === 'kindly'
        ? finishing(state, inputs)
        : without(state, OFF, event.how, inputs);
    case 'pushed':
      return state.kind === 'finishing' ? without(state, state.next, 'kindly', inputs) : stay(state);
    case 'renew':
      return without(state, again(inputs), 'kindly', inputs);
    case 'remove':
      return without(state, { kind: 'gone' }, event.how, inputs);
    default:
      return event satisfies never;
  }
}

function wanted(state: ServiceState, inputs: ServiceInputs): ServiceStep {
  switch (state.kind) {
    case 'off':
    case 'gone':
      return inputs.held ? stay(OFF) : started(0, inputs);
    case 'waiting':
      return started(0, inputs, state.failure);
    case 'finishing':
    case 'closing':
      return stay({ ...state, next: again(inputs) });
    case 'starting':
    case 'listening':
      return stay(state);
    default:
      return state satisfies never;
  }
}

const started = (failures: number, { nowMs }: ServiceInputs, failure?: Failure): ServiceStep => ({
  state: { kind: 'starting', untilMs: nowMs + SERVICE.startMs, failures, ...(failure && { failure }) },
  effects: [{ kind: 'open' }],
});

function listening(
  state: ServiceState,
  { how, addresses }: Extract<ServiceEvent, { kind: 'listening' }>,
  { nowMs }: ServiceInputs,
): ServiceStep {
  // It has another address, or another way.
  if (state.kind === 'listening') return stay({ ...state, how, addresses });
  // One that was told to end meanwhile is on its way out.
  if (state.kind !== 'starting') return stay(state);
  return {
    state: { kind: 'listening', sinceMs: nowMs, how, addresses, failures: state.failures },
    effects: [{ kind: 'tell', level: 'info', text: `served, by ${how}` }],
  };
}

function ended(state: ServiceState, ending: Ending, inputs: ServiceInputs): ServiceStep {
  if (state.kind === 'closing' || state.kind === 'finishing') return closed(state.next, inputs);
  if (state.kind !== 'starting' && state.kind !== 'listening') return stay(state);
  return failed(state, failureIn(ending), inputs);
}

const failureIn = (ending: Ending): Failure =>
  ending.kind === 'failed' ? ending.failure : { code: 'dropped', detail: 'serving ended by itself' };

function failed(state: RunningState, failure: Failure, inputs: ServiceInputs): ServiceStep {
  const next = waiting(failure, state, inputs);
  const said = state.kind === 'starting' ? state.failure : undefined;
  const text =
    state.kind === 'starting' ? `cannot be served: ${failure.detail}` : `no longer served: ${failure.detail}`;
  // Not again at each try.
  const told: ServiceEffect[] = said?.detail === failure.detail ? [] : [{ kind: 'tell', level: 'warn', text }];
  return { state: next, effects: [...told, { kind: 'failed', failure }] };
}

function waiting(
  failure: Failure,
  before: RunningState | Extract<Next, { kind: 'retry' }>,
  inputs: ServiceInputs,
): ServiceState {
  const { nowMs, random } = inputs;
  const upMs = before.kind === 'listening' ? nowMs - before.sinceMs : 0;
  // Ended with another's loop it has done nothing wrong itself.
  const isOwn = failure.code !== 'thread-ended';
  const { waitMs, failures } = decideWait(isOwn ? before.failures : 0, upMs, random, waitsAfter(failure));
  return { kind: 'waiting', wakeAtMs: nowMs + waitMs, failures: isOwn ? failures : before.failures, failure };
}

const waitsAfter = ({ code }: Failure): WaitLimits => (dispositionOf(code) === 'give-up' ? WAITS_FOR_A_PERSON : WAITS);

/** Also what was missed: a timer may come late, but never before its time. */
function due(state: ServiceState, inputs: ServiceInputs): ServiceStep {
  const atMs = dueAtMs(state);
  if (atMs === undefined || inputs.nowMs < atMs) return stay(state);
  const { nowMs } = inputs;
  switch (state.kind) {
    case 'waiting':
      return started(state.failures, inputs, state.failure);
    case 'starting': {
      const failure: Failure = {
        code: 'unanswered',
        detail: 'it does not come to listen: it is ended, and tried again',
      };
      const { effects } = failed(state, failure, inputs);
      return {
        state: {
          kind: 'closing',
          untilMs: nowMs + LINK.closedMs,
          next: { kind: 'retry', failure, failures: state.failures },
        },
        effects: [...effects, { kind: 'close', how: 'now' }],
      };
    }
    case 'closing':
      return { state: { ...state, untilMs: nowMs + LINK.closedMs }, effects: [{ kind: 'close', how: 'now' }] };
    default:
      return stay(state);
  }
}

/** Held while somebody pushes: what has begun may end, as a fetch of ours may. */
function finishing(state: ServiceState, inputs: ServiceInputs): ServiceStep {
  if (state.kind === 'listening')
    return { state: { kind: 'finishing', next: OFF }, effects: [NO_LONGER, { kind: 'finish' }] };
  return state.kind === 'finishing' ? stay({ ...state, next: OFF }) : without(state, OFF, 'kindly', inputs);
}

/** Its loop has ended, or there was none. */
function closed(next: Next, inputs: ServiceInputs): ServiceStep {
  switch (next.kind) {
    case 'off':
      return stay(OFF);
    case 'start':
      return started(0, inputs);
    case 'gone':
      return { state: { kind: 'gone' }, effects: [{ kind: 'forget' }] };
    case 'retry':
      return stay(waiting(next.failure, next, inputs));
    default:
      return next satisfies never;
  }
}

/** Ends what runs and then goes to `next`; `now` also hurries what was told to end kindly. */
function without(state: ServiceState, next: Next, how: CloseHow, inputs: ServiceInputs): ServiceStep {
  switch (state.kind) {
    case 'gone':
      return stay(state);
    case 'closing': {
      // Only `want` brings back what is to go.
      const then = state.next.kind === 'gone' ? state.next : next;
      return { state: { ...state, next: then }, effects: how === 'now' ? [{ kind: 'close', how }] : [] };
    }
    case 'starting':
    case 'finishing':
    case 'listening': {
      const told = state.kind === 'listening' ? [NO_LONGER] : [];
      return {
        state: { kind: 'closing', untilMs: inputs.nowMs + LINK.closedMs, next },
        effects: [...told, { kind: 'close', how }],
      };
    }
    case 'off':
    case 'waiting':
      return closed(next, inputs);
    default:
      return state satisfies never;
  }
}

const stay = (state: ServiceState): ServiceStep => ({ state, effects: [] });
