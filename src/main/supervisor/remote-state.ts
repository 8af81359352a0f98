// Owns: the life of one remote's link as a pure decision: state and event in, next state and effects out.
// Leaves: carrying effects out (watched-remote.ts), and fetching what moved (sync-retry.ts).
import { dispositionOf, type Failure, type FailureCode } from '../../shared/failures.ts';
import { decideWait, longestWaitMs } from '../../shared/restart.ts';
import type { Ending } from '../../shared/thread-messages.ts';

export type CloseHow = 'kindly' | 'now';

export type RemoteState =
  /** No link, and none is wanted: held, or not begun. */
  | { readonly kind: 'idle' }
  /** A link is being opened. */
  | { readonly kind: 'opening'; readonly failures: number }
  | { readonly kind: 'connected'; readonly sinceMs: number; readonly failures: number }
  /** A link was told to close; only when it has ended does `next` begin. */
  | { readonly kind: 'closing'; readonly next: 'idle' | 'open' | 'gone' }
  | { readonly kind: 'waiting'; readonly wakeAtMs: number; readonly failures: number; readonly failure: Failure }
  /** No interface has an address, so nothing but this host is tried. */
  | { readonly kind: 'offline'; readonly failures: number }
  /** Nothing but RESUME or RELOAD can help. */
  | { readonly kind: 'down'; readonly failure: Failure }
  | { readonly kind: 'gone' };

export type LinkEvent =
  /** A link is wanted now, with no backoff left over: start, RESUME, RELOAD. */
  | { readonly kind: 'want' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'ended'; readonly ending: Ending; readonly hasNextRung: boolean }
  /** The wait is over, or was cut short: the network came back, the machine woke. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'hold'; readonly how: CloseHow }
  /** Its config changed so that the link must be made anew. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'remove'; readonly how: CloseHow };

export type Effect =
  | { readonly kind: 'open' }
  | { readonly kind: 'close'; readonly how: CloseHow }
  | { readonly kind: 'say'; readonly message: 'CONNECTED' | 'DISCONNECTED' }
  | { readonly kind: 'warn'; readonly text: string }
  /** Fetch what moved while there was no link. */
  | { readonly kind: 'catch-up' }
  | { readonly kind: 'wake-at'; readonly atMs: number }
  | { readonly kind: 'next-rung'; readonly failure: Failure }
  | { readonly kind: 'forget' };

/** What a step may ask of the world. `random` yields 0 ≤ r < 1. */
export interface Surroundings {
  readonly nowMs: number;
  /** Whether the remote may be tried: it is on this host, or some interface has an address. */
  readonly reachable: boolean;
  readonly random: () => number;
}

export interface Step {
  readonly state: RemoteState;
  readonly effects: readonly Effect[];
}

const DISCONNECTED: Effect = { kind: 'say', message: 'DISCONNECTED' };

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
      return withoutLink(state, 'idle', event.how);
    case 'renew':
      return renewed(state, around);
    case 'remove':
      return withoutLink(state, 'gone', event.how);
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
    case 'closing':
      // Also when it was on its way out: RELOAD may bring a remote back before its old link has ended.
      return stay({ kind: 'closing', next: 'open' });
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
  if (state.kind !== 'opening' && state.kind !== 'connected') return stay(state);
  const said = state.kind === 'connected' ? [DISCONNECTED] : [];
  const failure: Failure =
    ending.kind === 'failed' ? ending.failure : { code: 'dropped', detail: 'the link closed by itself' };
  const after = afterFailure(state, failure, hasNextRung, around);
  return { state: after.state, effects: [...said, ...after.effects] };
}

type Linked = Extract<RemoteState, { kind: 'opening' | 'connected' }>;

function afterFailure(state: Linked, failure: Failure, hasNextRung: boolean, around: Surroundings): Step {
  const disposition = dispositionOf(failure.code);
  const warning: Effect = { kind: 'warn', text: failure.detail };
  if (disposition === 'fall-back' && hasNextRung) {
    const effects: Effect[] = EXPECTED.has(failure.code) ? [] : [warning];
    const next = opened(state.failures, around);
    return { state: next.state, effects: [...effects, { kind: 'next-rung', failure }, ...next.effects] };
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

/** Nothing is wrong there: the next rung is what is right for such a remote, and `status` says why. */
const EXPECTED: ReadonlySet<FailureCode> = new Set(['shell-missing', 'no-shell', 'deaf-file-system']);

const OUR_FAULT: ReadonlySet<FailureCode> = new Set(['worker-crashed', 'worker-hung', 'too-much-noise', 'unknown']);

function closed(next: 'idle' | 'open' | 'gone', around: Surroundings): Step {
  if (next === 'open') return opened(0, around);
  return next === 'idle'
    ? { state: { kind: 'idle' }, effects: [] }
    : { state: { kind: 'gone' }, effects: [{ kind: 'forget' }] };
}

function renewed(state: RemoteState, around: Surroundings): Step {
  return state.kind === 'opening' || state.kind === 'connected'
    ? withoutLink(state, 'open', 'kindly')
    : wanted(state, around);
}

/** Closes what is open and then goes to `next`; `now` also hurries a link that was told to close kindly. */
function withoutLink(state: RemoteState, next: 'idle' | 'open' | 'gone', how: CloseHow): Step {
  switch (state.kind) {
    case 'opening':
    case 'connected': {
      const said = state.kind === 'connected' ? [DISCONNECTED] : [];
      return { state: { kind: 'closing', next }, effects: [...said, { kind: 'close', how }] };
    }
    case 'closing': {
      const then = state.next === 'gone' ? 'gone' : next;
      return { state: { kind: 'closing', next: then }, effects: how === 'now' ? [{ kind: 'close', how }] : [] };
    }
    case 'gone':
      return stay(state);
    case 'idle':
    case 'waiting':
    case 'offline':
    case 'down':
      return next === 'gone' ? { state: { kind: 'gone' }, effects: [{ kind: 'forget' }] } : stay({ kind: 'idle' });
    default:
      return state satisfies never;
  }
}

function opened(failures: number, around: Surroundings): Step {
  return around.reachable
    ? { state: { kind: 'opening', failures }, effects: [{ kind: 'open' }] }
    : { state: { kind: 'offline', failures }, effects: [] };
}

const stay = (state: RemoteState): Step => ({ state, effects: [] });
