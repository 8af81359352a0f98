// Owns: after which failures of a fetch nothing that the remote says makes the wait for the next one shorter. Pure.
// Leaves: all other waits (sync-step.ts).
import type { Failure } from '../../../shared/failures.ts';
import { decideWait, LONGEST_WAIT_MS, waitAsked, waitLimits } from '../../../shared/restart.ts';

/** The next fetch would meet the same. `untilMs` as `nowMs`; undefined: it need not. */
export function holdOff(
  { code, againInMs }: Failure,
  failuresSoFar: number,
  { nowMs, random }: { readonly nowMs: number; readonly random: () => number },
): { readonly untilMs: number; readonly failures: number } | undefined {
  if (againInMs === undefined && code !== 'too-big' && code !== 'no-room') return undefined;
  const wait = decideWait(failuresSoFar, 0, random, waitLimits(code));
  // What was too big once would be brought once more, for nothing.
  const waitMs = code === 'too-big' ? LONGEST_WAIT_MS : waitAsked(againInMs, wait);
  return { untilMs: nowMs + waitMs, failures: wait.failures };
}
