// Owns: the wait of a link that failed: how long it is, and what the network or a neighbour on the same server makes of it. Pure.
// Leaves: every other step of a link (link-step.ts), and who is on the same server (link/same-server.ts).
import type { Failure, FailureCode } from '../../../shared/failures.ts';
import { decideWait, waitAsked, waitLimits } from '../../../shared/restart.ts';
import { opened } from './link-opening.ts';
import {
  type LinkInputs,
  type LinkState,
  type LinkStep,
  NO_TROUBLES,
  type ServerNews,
  type Troubles,
  type Wait,
} from './link-state.ts';

export type WaitingState = Extract<LinkState, { kind: 'waiting' | 'offline' }>;

export const isWaiting = (state: LinkState): state is WaitingState =>
  state.kind === 'waiting' || state.kind === 'offline';

/** These may come of the way to the server, whatever the server is. */
const OF_THE_WAY: ReadonlySet<FailureCode> = new Set(['unreachable', 'timed-out', 'dropped']);
export const isOfTheWay = (code: FailureCode): boolean => OF_THE_WAY.has(code);

/** Who is due while a neighbour tries to reach the same server waits for so long, once, for what that comes to. */
const FOR_NEIGHBOUR_MS = 10_000;
/** A neighbour's next try is waited for, and so long for what it comes to. */
const AFTER_NEIGHBOUR_MS = 5_000;
/** What a neighbour finds may be true of itself alone (a proxy, an account): so often each looks for itself. */
const OWN_TRY_MS = 300_000;
const OWN_TRY_PART = 1 / 3;

/** Of a link that was up, none: that it broke is where the trouble begins. */
export function troublesOf(state: Extract<LinkState, Troubles>): Troubles {
  const awaySinceMs = 'awaySinceMs' in state ? state.awaySinceMs : undefined;
  return { failures: state.failures, ...(awaySinceMs !== undefined && { awaySinceMs }) };
}

/** `connectedMs`: how long it had been up. */
export function waitAfter(
  before: Troubles,
  failure: Failure,
  connectedMs: number,
  { nowMs, random, online, longestWaitMs }: LinkInputs,
): WaitingState {
  const awaySinceMs = before.awaySinceMs ?? nowMs;
  const limits = waitLimits(failure.code, nowMs - awaySinceMs, longestWaitMs);
  const next = decideWait(before.failures, connectedMs, random, limits);
  const wait: Wait = {
    wakeAtMs: nowMs + waitAsked(failure.againInMs, next),
    failures: next.failures,
    failure,
    awaySinceMs,
    triedAtMs: nowMs,
  };
  return { kind: mayBeForWantOfNetwork(failure, connectedMs) && !online() ? 'offline' : 'waiting', ...wait };
}

/**
 * Where somebody has answered there is a way, whatever addresses this machine has: this machine has many names, and a
 * ProxyCommand needs none. Of one that ends before the server has spoken no more is known than that it ended.
 */
const mayBeForWantOfNetwork = ({ code, detail }: Failure, connectedMs: number): boolean =>
  isOfTheWay(code) && !/refused/i.test(detail) && (code !== 'dropped' || connectedMs > 0);

/** The wait is over. */
export function due(state: WaitingState, inputs: LinkInputs): LinkStep {
  if (state.isDeferred || !isOfTheWay(state.failure.code) || !inputs.neighbourTries())
    return opened(troublesOf(state), inputs, state.failure);
  return { state: { ...state, isDeferred: true, wakeAtMs: inputs.nowMs + FOR_NEIGHBOUR_MS }, effects: [] };
}

/** What failed for want of a network begins anew: it may not be all there at the first try. */
export function afterNetworkCame(state: LinkState, inputs: LinkInputs): LinkStep {
  switch (state.kind) {
    case 'down':
      return opened(troublesOf(state), inputs, state.failure);
    case 'waiting':
    case 'offline':
      return opened(isOfTheWay(state.failure.code) ? NO_TROUBLES : troublesOf(state), inputs, state.failure);
    case 'opening':
      // What it was begun over may be gone; the next try is not to come only when an outage of hours says so.
      return { state: { ...state, failures: Math.min(state.failures, 1) }, effects: [] };
    default:
      return { state, effects: [] };
  }
}

export function heardOfServer(state: WaitingState, news: ServerNews, inputs: LinkInputs): LinkStep {
  const { failure, isDeferred, ...wait } = state;
  const stay: LinkStep = { state, effects: [] };
  if (!isDeferred && !isOfTheWay(failure.code)) return stay;
  if (news.kind === 'answers')
    return isDeferred || failure.code === 'unreachable' ? opened(troublesOf(state), inputs, failure) : stay;
  const { triedAtMs, awaySinceMs = triedAtMs } = wait;
  const latestMs = triedAtMs + Math.max(OWN_TRY_MS, (inputs.nowMs - awaySinceMs) * OWN_TRY_PART);
  const wakeAtMs = Math.max(wait.wakeAtMs, Math.min(news.nextTryMs + AFTER_NEIGHBOUR_MS, latestMs));
  // It is as good as found by itself.
  return { state: { ...wait, failure: { ...failure, code: 'unreachable' }, wakeAtMs }, effects: [] };
}
