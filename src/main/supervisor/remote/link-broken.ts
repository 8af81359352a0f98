// Owns: what is particular about the ways a link breaks: whose fault it was, and whether it is told of a link that was up. Pure.
// Leaves: every other step of a link (link-step.ts).
import type { Failure, FailureCode } from '../../../shared/failures.ts';
import { decideWait } from '../../../shared/restart.ts';
import type { LinkInputs, LinkStep, Troubles } from './link-state.ts';

/** It has done nothing wrong: that is no failure of its own, and nothing to be told. */
export function afterNeighbour(before: Troubles, failure: Failure, { nowMs, random }: LinkInputs): LinkStep {
  const { waitMs } = decideWait(0, 0, random);
  const { failures, awaySinceMs } = before;
  const troubles = { failures, ...(awaySinceMs !== undefined && { awaySinceMs }) };
  return { state: { kind: 'waiting', wakeAtMs: nowMs + waitMs, triedAtMs: nowMs, failure, ...troubles }, effects: [] };
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
