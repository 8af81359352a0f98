// Owns: what is particular about the ways a link breaks: whose fault it was, what a refusal means, what is told of a link that was up. Pure.
// Leaves: every other step of a link (link-step.ts).
import type { Failure, FailureCode } from '../../../shared/failures.ts';
import { decideWait } from '../../../shared/restart.ts';
import { LINK } from '../../patience.ts';
import { refusedWaitMs } from '../link/account-verdicts.ts';
import type { LinkEffect, LinkInputs, LinkState, LinkStep, Troubles } from './link-state.ts';

/** It has done nothing wrong: that is no failure of its own, and nothing to be told. */
export function afterNeighbour(before: Troubles, failure: Failure, { nowMs, random }: LinkInputs): LinkStep {
  const { waitMs } = decideWait(0, 0, random);
  const { failures, awaySinceMs } = before;
  const troubles = { failures, ...(awaySinceMs !== undefined && { awaySinceMs }) };
  return { state: { kind: 'waiting', wakeAtMs: nowMs + waitMs, triedAtMs: nowMs, failure, ...troubles }, effects: [] };
}

/** `why`: as a person is told. */
export const disconnected = (why: string | undefined): LinkEffect => ({
  ...{ kind: 'say', message: 'DISCONNECTED' },
  ...(why !== undefined && { why }),
});

type Up = Extract<LinkState, { kind: 'connected' | 'finishing' }>;

/** It is to be closed, for that reason, when git is done with it. */
export const finishing = (up: Up, isStale: boolean, why: string | undefined): LinkState => ({
  ...up,
  kind: 'finishing',
  isStale,
  ...(why !== undefined && { why }),
});

/** Its thread should be ended by now; where that was missed the remote would wait for ever. */
export function closingOverdue(state: Extract<LinkState, { kind: 'closing' }>, nowMs: number): LinkStep {
  if (nowMs < state.untilMs) return { state, effects: [] };
  return { state: { ...state, untilMs: nowMs + LINK.closedMs }, effects: [{ kind: 'close', how: 'now' }] };
}

/** Where the fault is ours, or the server does what no network would. */
const TOLD_THOUGH_IT_WAS_UP: ReadonlySet<FailureCode> = new Set([
  'worker-crashed',
  'worker-hung',
  'too-much-noise',
  'unanswered',
  'unknown',
]);

export const isToldThoughUp = (code: FailureCode): boolean => TOLD_THOUGH_IT_WAS_UP.has(code);

/** Of remotes that are refused at one time not all come back at one time: up to a tenth later. */
const SPREAD = 0.1;

/** Down until it is worth a try; what may have mended it wakes it sooner. `refusedUntilMs`: where somebody knows better. */
export function refused(
  failuresSoFar: number,
  failure: Failure,
  { refusedUntilMs }: { readonly refusedUntilMs?: number | undefined },
  { nowMs, random }: LinkInputs,
): Extract<LinkState, { kind: 'down' }> {
  const failures = failuresSoFar + 1;
  const waitMs = Math.max(0, (refusedUntilMs ?? nowMs + refusedWaitMs(failures)) - nowMs);
  return { kind: 'down', failure, wakeAtMs: nowMs + Math.round(waitMs * (1 + SPREAD * random())), failures };
}
