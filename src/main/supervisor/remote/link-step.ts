// Owns: the life of one remote's link as a pure decision: state and event in, next state and effects out.
// Leaves: carrying effects out (remote.ts), and fetching what moved (sync-step.ts).
import { dispositionOf, type Failure } from '../../../shared/failures.ts';
import type { CloseHow } from '../../../shared/thread-messages.ts';
import { LINK } from '../../patience.ts';
import { nextWay, wayAnew, wayOver } from './git-way.ts';
import { afterNeighbour, closingOverdue, disconnected, finishing, isToldThoughUp, refused } from './link-broken.ts';
import { inPhase, opened } from './link-opening.ts';
import {
  isLinked,
  isUp,
  type LinkEffect,
  type LinkEvent,
  type LinkedState,
  type LinkInputs,
  type LinkState,
  type LinkStep,
  type Next,
  NO_TROUBLES,
} from './link-state.ts';
import { afterNetworkCame, due, heardOfServer, isOfTheWay, isWaiting, troublesOf, waitAfter } from './link-wait.ts';

const IDLE: Next = { kind: 'idle' };
const OPEN: Next = { kind: 'open' };
const GONE: Next = { kind: 'gone' };

export function stepLink(state: LinkState, event: LinkEvent, inputs: LinkInputs): LinkStep {
  switch (event.kind) {
    case 'want':
      return wanted(state, inputs);
    case 'connected':
      return connected(state, event, inputs);
    case 'phase':
      return stay(state.kind === 'opening' ? inPhase(state, event, inputs.nowMs) : state);
    case 'overdue':
      return overdue(state, inputs);
    case 'crashed':
      return isLinked(state) ? endedHere(state, event.failure, inputs) : stay(state);
    case 'polled':
      return stay(isUp(state) ? { ...state, lastPollMs: inputs.nowMs } : state);
    case 'fetched':
      return stay(isUp(state) ? { ...state, way: nextWay(state.way, event.ok, inputs.nowMs) } : state);
    case 'ended':
      return ended(state, event, inputs);
    case 'wake':
      if (state.kind === 'down') return opened(troublesOf(state), inputs, state.failure);
      return isWaiting(state) ? due(state, inputs) : stay(state);
    case 'there':
      return isWaiting(state) ? wanted(state, inputs) : stay(state);
    case 'network':
      if (isUp(state)) return { state, effects: [{ kind: 'prove' }] };
      // What waits for its turn has begun nothing yet.
      if (event.lost && state.kind === 'opening' && state.untilMs !== undefined)
        return withoutLink(state, OPEN, 'now', inputs);
      return event.came ? afterNetworkCame(state, inputs) : stay(state);
    case 'server':
      return isWaiting(state) ? heardOfServer(state, event.news, inputs) : stay(state);
    case 'hold':
      if (event.busy && state.kind === 'connected') return stay(finishing(state, false, event.why));
      if (event.busy && state.kind === 'finishing') return stay(state);
      return withoutLink(state, IDLE, event.how, inputs, event.why);
    case 'idle-link':
      return state.kind === 'finishing'
        ? withoutLink(state, afterFinishing(state, inputs), 'kindly', inputs, state.why)
        : stay(state);
    case 'give-up':
      return isLinked(state) ? givenUp(state, event, inputs) : stay(state);
    case 'renew':
      return renewed(state, event, inputs);
    case 'remove':
      return withoutLink(state, GONE, event.how, inputs, event.why);
    default:
      return event satisfies never;
  }
}

function wanted(state: LinkState, inputs: LinkInputs): LinkStep {
  if (inputs.held) return stay(state);
  switch (state.kind) {
    case 'opening':
    case 'gone':
      return stay(state);
    case 'connected':
      return stay({ ...state, way: wayAnew(state.way) });
    case 'finishing': {
      const { isStale, why: _, ...up } = state;
      // What waited behind the operation was forgotten.
      return isStale ? stay(state) : { state: { ...up, kind: 'connected' }, effects: [{ kind: 'catch-up' }] };
    }
    case 'closing':
      return stay(state.next.kind === 'gone' ? state : { ...state, next: OPEN });
    case 'waiting':
    case 'offline':
      return opened(NO_TROUBLES, inputs, state.failure);
    case 'idle':
    case 'down':
      return opened(NO_TROUBLES, inputs);
    default:
      return state satisfies never;
  }
}

function connected(state: LinkState, event: Extract<LinkEvent, { kind: 'connected' }>, inputs: LinkInputs): LinkStep {
  const { how, checks, relaySocket } = event;
  const able = { how, checks, way: wayOver(relaySocket) };
  // It goes on in another way.
  if (isUp(state)) return stay({ ...state, ...able });
  // A link that said READY while it was being told to close is on its way down: nobody hears of it.
  if (state.kind !== 'opening') return stay(state);
  return {
    state: { kind: 'connected', sinceMs: inputs.nowMs, failures: state.failures, ...able },
    effects: [{ kind: 'say', message: 'CONNECTED' }, { kind: 'catch-up' }],
  };
}

function ended(state: LinkState, event: Ended, inputs: LinkInputs): LinkStep {
  if (state.kind === 'closing') return closed(state.next, inputs);
  if (state.kind === 'finishing') {
    const next = closed(afterFinishing(state, inputs), inputs);
    const why = event.ending.kind === 'failed' ? event.ending.failure.detail : state.why;
    return { state: next.state, effects: [disconnected(why), ...next.effects] };
  }
  if (state.kind !== 'opening' && state.kind !== 'connected') return stay(state);
  const failure: Failure =
    event.ending.kind === 'failed' ? event.ending.failure : { code: 'dropped', detail: 'the link closed by itself' };
  const said = state.kind === 'connected' ? [disconnected(failure.detail)] : [];
  const after = afterFailure(state, failure, event, inputs);
  return { state: after.state, effects: [...said, ...after.effects] };
}

type Broken = Extract<LinkState, { kind: 'opening' | 'connected' }>;
type Ended = Extract<LinkEvent, { kind: 'ended' }>;

function afterFailure(state: Broken, failure: Failure, event: Ended, inputs: LinkInputs): LinkStep {
  const disposition = dispositionOf(failure.code);
  const warning: LinkEffect = {
    kind: 'warn',
    text: failure.detail,
    ...(state.kind === 'connected' && { lasting: true }),
  };
  if (event.isPassed) {
    const next = opened(troublesOf(state), inputs);
    return { state: next.state, effects: [{ kind: 'next-rung', failure }, ...next.effects] };
  }
  if (failure.code === 'thread-ended') return afterNeighbour(troublesOf(state), failure, inputs);
  if (disposition !== 'retry') return { state: refused(state.failures, failure, event, inputs), effects: [warning] };
  const connectedMs = state.kind === 'connected' ? inputs.nowMs - state.sinceMs : 0;
  const next = waitAfter(troublesOf(state), failure, connectedMs, inputs);
  // A link that was up and broke is told by DISCONNECTED already, unless there is more to it; a network that is gone by itself.
  const isTold = state.kind === 'connected' && !isToldThoughUp(failure.code);
  const silent = next.kind === 'offline' || isTold || (isOfTheWay(failure.code) && inputs.mayBeAway());
  return { state: next, effects: silent ? [] : [warning] };
}

/** What a worker should have ended by itself. */
function overdue(state: LinkState, inputs: LinkInputs): LinkStep {
  if (state.kind === 'closing') return closingOverdue(state, inputs.nowMs);
  if (state.kind !== 'opening' || state.untilMs === undefined || inputs.nowMs < state.untilMs) return stay(state);
  const detail = `its link is not up, and does not go on (${state.phase}): it is ended, and tried again`;
  return endedHere(state, { code: 'unanswered', detail }, inputs);
}

/** The link is at fault, and does not end by itself. */
function endedHere(state: LinkedState, failure: Failure, inputs: LinkInputs): LinkStep {
  const retry: Next = { kind: 'retry', failure, ...troublesOf(state) };
  const { state: next, effects } = withoutLink(state, retry, 'now', inputs, failure.detail);
  return { state: next, effects: [...effects, { kind: 'warn', text: failure.detail, lasting: true }] };
}

const givenUp = (state: LinkedState, event: Extract<LinkEvent, { kind: 'give-up' }>, inputs: LinkInputs): LinkStep =>
  withoutLink(state, refused(state.failures, event.failure, event, inputs), 'kindly', inputs, event.failure.detail);

/** The link is closed, or there was none. */
function closed(next: Next, inputs: LinkInputs): LinkStep {
  if (inputs.held && next.kind !== 'gone') return stay({ kind: 'idle' });
  switch (next.kind) {
    case 'open':
      return opened(NO_TROUBLES, inputs);
    case 'gone':
      return { state: { kind: 'gone' }, effects: [{ kind: 'forget' }] };
    case 'idle':
    case 'down':
      return stay(next.kind === 'down' ? next : { kind: 'idle' });
    case 'retry':
      return stay(waitAfter(next, next.failure, 0, inputs));
    default:
      return next satisfies never;
  }
}

/** Also for a remote on its way out: RELOAD may bring it back before its old link has ended. */
function renewed(state: LinkState, { busy, why }: Extract<LinkEvent, { kind: 'renew' }>, inputs: LinkInputs): LinkStep {
  if (busy && isUp(state)) return stay(finishing(state, true, why));
  const next = inputs.held ? IDLE : OPEN;
  if (state.kind === 'closing') return stay({ ...state, next });
  return isLinked(state) ? withoutLink(state, next, 'kindly', inputs, why) : closed(next, inputs);
}

/** What it goes on to when git is done with it. */
const afterFinishing = ({ isStale }: Extract<LinkState, { kind: 'finishing' }>, { held }: LinkInputs): Next =>
  isStale && !held ? OPEN : IDLE;

/** Closes what is open and then goes to `next`; `now` also hurries a link that was told to close kindly. */
function withoutLink(state: LinkState, next: Next, how: CloseHow, { nowMs }: LinkInputs, why?: string): LinkStep {
  if (state.kind === 'gone') return stay(state);
  if (state.kind === 'closing') {
    const then = state.next.kind === 'gone' ? state.next : next;
    return { state: { ...state, next: then }, effects: how === 'now' ? [{ kind: 'close', how }] : [] };
  }
  if (isLinked(state)) {
    const said = state.kind === 'opening' ? [] : [disconnected(why)];
    return {
      state: { kind: 'closing', next, untilMs: nowMs + LINK.closedMs },
      effects: [...said, { kind: 'close', how }],
    };
  }
  return next.kind === 'gone' ? { state: { kind: 'gone' }, effects: [{ kind: 'forget' }] } : stay({ kind: 'idle' });
}

const stay = (state: LinkState): LinkStep => ({ state, effects: [] });
