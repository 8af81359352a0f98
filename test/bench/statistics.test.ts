import { expect, test } from 'vitest';
import { median, spread } from './statistics.ts';

test.each([
  [[7], 7],
  [[9, 1, 5], 5],
  [[10, 9, 1, 2], 5.5],
  [[100, 20, 3], 20],
])('the median of %j is %d', (samples, expected) => {
  expect(median(samples)).toBe(expected);
});

test('a median leaves the samples in their order, and there is none of nothing', () => {
  const samples = [3, 1, 2];
  median(samples);
  expect(samples).toEqual([3, 1, 2]);
  expect(() => median([])).toThrow('nothing');
});

test('the spread is from the smallest to the largest', () => {
  expect(spread([5, 1, 9])).toEqual([1, 9]);
});
