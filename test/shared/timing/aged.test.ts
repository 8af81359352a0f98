// Owns: when those that take their time stop to keep others waiting.
// Leaves: what they are (test/main/git/git-lane.test.ts, test/main/supervisor/link/gates.test.ts).
import { expect, test } from 'vitest';
import { agedPlaces } from '../../../src/shared/timing/aged.ts';

test.each([
  [[], 0, Number.POSITIVE_INFINITY],
  [[4], 0, 1],
  [[5], 1, Number.POSITIVE_INFINITY],
  [[9, 4, 5], 2, 1],
  [[9, 9, 9, 9, 9, 9, 9], 6, 1],
  [[11, 10, 10, 10, 10, 10, 10], 7, Number.POSITIVE_INFINITY],
  [[30, 30, 30, 30, 30, 30, 12, 11], 7, 9],
])('of ages of %j, %i give their places back, and one more in %i', (ages, places, inMs) => {
  expect(agedPlaces(ages, 5)).toEqual({ places, inMs });
});
