// Owns: when a fetch beside the repository is too much, told by its words or by their absence.
// Leaves: what is done then (gives-way.test.ts).
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Bounds, watchBounds } from '../../../../src/main/git/beside/bounds.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const watched = (): { bounds: Bounds; calls: () => number } => {
  let calls = 0;
  const bounds = watchBounds(() => {
    calls += 1;
  }, 1_000);
  return { bounds, calls: () => calls };
};

test.each([
  ['remote: Enumerating objects: 5001, done.\n', true],
  ['remote: Counting objects:   1% (60/6000)\r', true],
  ['Receiving objects:   0% (1/6000), 1.00 KiB | 1.00 KiB/s\r', true],
  ['remote: Enumerating objects: 5000, done.\n', false],
  ['Unpacking objects: 100% (6/6), 1 KiB | 1 KiB/s, done.\n', false],
  ['remote: 99999 objects: many\n', false],
  [' * [new branch] 99999 -> 99999\n', false],
])('%j is too much: %s', (said, isExcess) => {
  const { bounds, calls } = watched();
  bounds.hear(said);
  bounds.hear(said);
  expect([bounds.excess(), calls()]).toEqual(isExcess ? ['many-objects', 1] : [undefined, 0]);
  bounds.close();
});

test('silence is, but not while something is said, nor once it is over', () => {
  const { bounds, calls } = watched();
  vi.advanceTimersByTime(900);
  bounds.hear('x\n');
  vi.advanceTimersByTime(900);
  expect(calls()).toBe(0);
  vi.advanceTimersByTime(200);
  expect([bounds.excess(), calls()]).toEqual(['quiet', 1]);
  const other = watched();
  other.bounds.close();
  vi.advanceTimersByTime(5_000);
  expect(other.calls()).toBe(0);
});
