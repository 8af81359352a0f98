// Owns: what is particular about the ways a link breaks: whose fault it was, and whether it is told of a link that was up. Pure.
// Leaves: every other step of a link (link-step.ts).
import type { Failure, FailureCode } from '../../../shared/failures.ts';
import { decideWait } from '../../../shared/restart.ts';
import { LINK } from '../../patience.ts';
import type { LinkInputs, LinkState, LinkStep } from './link-state.ts';

/** It has done nothing wrong: that is no failure of its own, and nothing to be told. */
export function afterNeighbour(failures: number, failure: Failure, { nowMs, random }: LinkInputs): LinkStep {
  const { waitMs } = decideWait(0, 0, random);
  return { state: { kind: 'waiting', wakeAtMs: nowMs + waitMs, failures, failure }, effects: [] };
}

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
