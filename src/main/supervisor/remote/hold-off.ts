// Owns: after which failures of a fetch nothing that the remote says makes the wait for the next one shorter. Pure.
// Leaves: all other waits (sync-state.ts).
import type { Failure } from '../../../shared/failures.ts';
import { decideWait, LONGEST_WAIT_MS, waitLimits } from '../../../shared/restart.ts';

/** The next fetch would meet the same. `untilMs` as `nowMs`; undefined: it need not. */
export function holdOff(
  { code, againInMs }: Failure,
  failuresSoFar: number,
  { nowMs, random }: { readonly nowMs: number; readonly random: () => number },
): { readonly untilMs: number; readonly failures: number } | undefined {
  if (againInMs !== undefined) return { untilMs: nowMs + againInMs, failures: failuresSoFar + 1 };
  if (code !== 'too-big' && code !== 'no-room') return undefined;
  const { waitMs, failures } = decideWait(failuresSoFar, 0, random, waitLimits(code));
  // What was too big once would be brought once more, for nothing.
  return { untilMs: nowMs + (code === 'too-big' ? LONGEST_WAIT_MS : waitMs), failures };
}
