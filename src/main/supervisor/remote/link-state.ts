// Owns: the life of one remote's link as a pure decision: state and event in, next state and effects out.
// Leaves: carrying effects out (remote.ts), and fetching what moved (syncing.ts).
import { dispositionOf, type Failure, type FailureCode } from '../../../shared/failures.ts';
import { decideWait, longestWaitMs } from '../../../shared/restart.ts';
import type { CloseHow, Ending } from '../../../shared/thread-messages.ts';

export type RemoteState =
  /** No link, and none is wanted: held, or not begun. */
  | { readonly kind: 'idle' }
  /** A link is being opened. */
  | { readonly kind: 'opening'; readonly failures: number }
  | { readonly kind: 'connected'; readonly sinceMs: number; readonly failures: number }
  /** PAUSE came while git uses the link: it closes when git is done. */
  | { readonly kind: 'finishing'; readonly sinceMs: number; readonly failures: number }
  /** A link was told to close; only when it has ended does `next` begin. */
  | { readonly kind: 'closing'; readonly next: Next }
  | { readonly kind: 'waiting'; readonly wakeAtMs: number; readonly failures: number; readonly failure: Failure }
  /** No interface has an address, so nothing but this host is tried. */
  | { readonly kind: 'offline'; readonly failures: number }
  /** Nothing but RESUME or RELOAD can help. */
  | { readonly kind: 'down'; readonly failure: Failure }
  | { readonly kind: 'gone' };

/** What a remote goes on to when its link has ended. */
type Next = { readonly kind: 'idle' | 'open' | 'gone' } | { readonly kind: 'down'; readonly failure: Failure };

export type LinkEvent =
  /** A link is wanted now, with no backoff left over: start, RESUME, RELOAD. */
  | { readonly kind: 'want' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'ended'; readonly ending: Ending; readonly hasNextRung: boolean }
  /** The wait is over, or was cut short: the network came back, the machine woke. */
  | { readonly kind: 'wake' }
  /** `busy`: a git operation uses the link. */
  | { readonly kind: 'hold'; readonly how: CloseHow; readonly busy: boolean }
  /** No git operation uses the link any more. */
  | { readonly kind: 'idle-link' }
  /** git was refused on a connection of its own: the link is of no use until somebody says RESUME or RELOAD. */
  | { readonly kind: 'give-up'; readonly failure: Failure }
  /** Its config changed so that the link must be made anew. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'remove'; readonly how: CloseHow };

export type Effect =
  | { readonly kind: 'open' }
  | { readonly kind: 'close'; readonly how: CloseHow }
  | { readonly kind: 'say'; readonly message: 'CONNECTED' | 'DISCONNECTED' }
  | { readonly kind: 'warn'; readonly text: string }
  /** Bring in what moved while there was no link. */
  | { readonly kind: 'catch-up' }
  | { readonly kind: 'wake-at'; readonly atMs: number }
  | { readonly kind: 'next-rung'; readonly failure: Failure }
  | { readonly kind: 'forget' };

/** What a step may ask of the world. `random` yields 0 ≤ r < 1. */
export interface Surroundings {
  readonly nowMs: number;
  /** Whether the remote may be tried: it is on this host, or some interface has an address. Few steps ask, as it takes long. */
  readonly reachable: () => boolean;
  /** Whether PAUSE or LOSTNET holds: nothing is opened then. */
  readonly held: boolean;
  readonly random: () => number;
}

export interface Step {
  readonly state: RemoteState;
  readonly effects: readonly Effect[];
}

const DISCONNECTED: Effect = { kind: 'say', message: 'DISCONNECTED' };
const IDLE: Next = { kind: 'idle' };
const OPEN: Next = { kind: 'open' };
const GONE: Next = { kind: 'gone' };

export function step(state: RemoteState, event: LinkEvent, around: Surroundings): Step {
  switch (event.kind) {
    case 'want':
      return wanted(state, around);
    case 'connected':
      return connected(state, around);
    case 'ended':
      return ended(state, event.ending, event.hasNextRung, around);
    case 'wake':
      return state.kind === 'waiting' || state.kind === 'offline' ? opened(state.failures, around) : stay(state);
    case 'hold':
      if (event.busy && state.kind === 'connected') return stay({ ...state, kind: 'finishing' });
      if (event.busy && state.kind === 'finishing') return stay(state);
      return withoutLink(state, IDLE, event.how);
    case 'idle-link':
      return state.kind === 'finishing' ? withoutLink(state, IDLE, 'kindly') : stay(state);
    case 'give-up':
      return isLinked(state) ? withoutLink(state, { kind: 'down', failure: event.failure }, 'kindly') : stay(state);
    case 'renew':
      return renewed(state, around);
    case 'remove':
      return withoutLink(state, GONE, event.how);
    default:
      return event satisfies never;
  }
}

function wanted(state: RemoteState, around: Surroundings): Step {
  switch (state.kind) {
    case 'opening':
    case 'connected':
    case 'gone':
      return stay(state);
    case 'finishing':
      // What waited behind the operation was forgotten.
      return { state: { ...state, kind: 'connected' }, effects: [{ kind: 'catch-up' }] };
    case 'closing':
      return stay(state.next.kind === 'gone' ? state : { kind: 'closing', next: OPEN });
    case 'idle':
    case 'waiting':
    case 'offline':
    case 'down':
      return opened(0, around);
    default:
      return state satisfies never;
  }
}

function connected(state: RemoteState, around: Surroundings): Step {
  // A link that said READY while it was being told to close is on its way down: nobody hears of it.
  if (state.kind !== 'opening') return stay(state);
  return {
    state: { kind: 'connected', sinceMs: around.nowMs, failures: state.failures },
    effects: [{ kind: 'say', message: 'CONNECTED' }, { kind: 'catch-up' }],
  };
}

function ended(state: RemoteState, ending: Ending, hasNextRung: boolean, around: Surroundings): Step {
  if (state.kind === 'closing') return closed(state.next, around);
  if (state.kind === 'finishing') return { state: { kind: 'idle' }, effects: [DISCONNECTED] };
  if (state.kind !== 'opening' && state.kind !== 'connected') return stay(state);
  const said = state.kind === 'connected' ? [DISCONNECTED] : [];
  const failure: Failure =
    ending.kind === 'failed' ? ending.failure : { code: 'dropped', detail: 'the link closed by itself' };
  const after = afterFailure(state, failure, hasNextRung, around);
  return { state: after.state, effects: [...said, ...after.effects] };
}

type Broken = Extract<RemoteState, { kind: 'opening' | 'connected' }>;

function afterFailure(state: Broken, failure: Failure, hasNextRung: boolean, around: Surroundings): Step {
  const disposition = dispositionOf(failure.code);
  const warning: Effect = { kind: 'warn', text: failure.detail };
  if (disposition === 'fall-back' && hasNextRung) {
    const next = opened(state.failures, around);
    return { state: next.state, effects: [{ kind: 'next-rung', failure }, ...next.effects] };
  }
  if (disposition !== 'retry') return { state: { kind: 'down', failure }, effects: [warning] };
  const connectedMs = state.kind === 'connected' ? around.nowMs - state.sinceMs : 0;
  const { waitMs, failures } = decideWait(state.failures, connectedMs, around.random, longestWaitMs(failure.code));
  const wakeAtMs = around.nowMs + waitMs;
  // A link that was up and broke is told by DISCONNECTED already, unless the fault is ours.
  const silent = state.kind === 'connected' && !OUR_FAULT.has(failure.code);
  return {
    state: { kind: 'waiting', wakeAtMs, failures, failure },
    effects: [...(silent ? [] : [warning]), { kind: 'wake-at', atMs: wakeAtMs }],
  };
}

const OUR_FAULT: ReadonlySet<FailureCode> = new Set(['worker-crashed', 'worker-hung', 'too-much-noise', 'unknown']);

/** The link is closed, or there was none. */
function closed(next: Next, around: Surroundings): Step {
  switch (next.kind) {
    case 'open':
      return opened(0, around);
    case 'gone':
      return { state: { kind: 'gone' }, effects: [{ kind: 'forget' }] };
    case 'idle':
      return stay({ kind: 'idle' });
    case 'down':
      return stay({ kind: 'down', failure: next.failure });
    default:
      return next satisfies never;
  }
}

/** Also for a remote on its way out: RELOAD may bring it back before its old link has ended. */
function renewed(state: RemoteState, around: Surroundings): Step {
  const next = around.held ? IDLE : OPEN;
  if (state.kind === 'closing') return stay({ kind: 'closing', next });
  return isLinked(state) ? withoutLink(state, next, 'kindly') : closed(next, around);
}

type LinkedState = Extract<RemoteState, { kind: 'opening' | 'connected' | 'finishing' }>;

const isLinked = (state: RemoteState): state is LinkedState =>
  state.kind === 'opening' || state.kind === 'connected' || state.kind === 'finishing';

/** Closes what is open and then goes to `next`; `now` also hurries a link that was told to close kindly. */
function withoutLink(state: RemoteState, next: Next, how: CloseHow): Step {
  if (state.kind === 'gone') return stay(state);
  if (state.kind === 'closing') {
    const then = state.next.kind === 'gone' ? state.next : next;
    return { state: { kind: 'closing', next: then }, effects: how === 'now' ? [{ kind: 'close', how }] : [] };
  }
  if (isLinked(state)) {
    const said = state.kind === 'opening' ? [] : [DISCONNECTED];
    return { state: { kind: 'closing', next }, effects: [...said, { kind: 'close', how }] };
  }
  return next.kind === 'gone' ? { state: { kind: 'gone' }, effects: [{ kind: 'forget' }] } : stay({ kind: 'idle' });
}

function opened(failures: number, around: Surroundings): Step {
  return around.reachable()
    ? { state: { kind: 'opening', failures }, effects: [{ kind: 'open' }] }
    : { state: { kind: 'offline', failures }, effects: [] };
}

const stay = (state: RemoteState): Step => ({ state, effects: [] });
