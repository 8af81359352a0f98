// Owns: how long an operation may be silent, after those with the same remote that were ended for that. Pure.
// Leaves: ending them (git-lane.ts).
import type { Outcome } from './operation.ts';

/** However often it was too short. */
const LONGEST_MS = 3_600_000;

/** `hits`: how often in a row that time was not enough. */
export const grownMs = (usualMs: number, hits: number): number =>
  Math.max(usualMs, Math.min(usualMs * 2 ** Math.min(hits, 32), LONGEST_MS));

/** What fails in another way says nothing of it. */
export function hitsAfter(hits: number, outcome: Outcome): number {
  if (outcome.ok) return 0;
  return outcome.failure.code === 'silent' ? hits + 1 : hits;
}
