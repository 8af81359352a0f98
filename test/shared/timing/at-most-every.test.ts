// Owns: that what is counted is told now and then, and what is left over when it is asked for.
// Leaves: what is counted.
import { expect, test } from 'vitest';
import { atMostEvery } from '../../../src/shared/timing/at-most-every.ts';

test('the first is told at once, and the sum of those that follow it when that is asked for, once', () => {
  const told: number[] = [];
  const tally = atMostEvery(60_000, (sum) => told.push(sum));
  for (const count of [1, 2, 3]) tally.add(count);
  expect(told).toEqual([1]);
  tally.flush();
  tally.flush();
  expect(told).toEqual([1, 5]);
});
