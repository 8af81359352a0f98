// Owns: how many of those that have taken their time do not keep others waiting any more. Pure.
// Leaves: what they do, and what may begin beside them (main/supervisor/link/gates.ts, main/git/lane-decision.ts).

/** So many may be passed by as soon as they are old; of more, each takes twice the time, so that they do not pile up. */
const SOON = 6;

/**
 * Of those that run for these times, in ms, so many of the oldest give their places back; in `inMs` it is one more, if
 * they still run. `agedMs`: from when one is old.
 */
export function agedPlaces(
  agesMs: readonly number[],
  agedMs: number,
): { readonly places: number; readonly inMs: number } {
  const oldestFirst = agesMs.toSorted((a, b) => b - a);
  const patience = (index: number): number => agedMs * 2 ** Math.max(0, index - SOON + 1);
  const young = oldestFirst.findIndex((age, index) => age < patience(index));
  const next = oldestFirst[young];
  if (next === undefined) return { places: oldestFirst.length, inMs: Number.POSITIVE_INFINITY };
  return { places: young, inMs: patience(young) - next };
}
