import { expect, onTestFinished, test, vi } from 'vitest';
import { LONGEST_TIMER_MS, timerMs } from '../../../src/shared/timing/timer-ms.ts';
import { aborted, wait } from '../../../src/shared/timing/wait.ts';
import { within } from '../../../src/shared/timing/within.ts';

test.each([
  [0, 0],
  [-1, 0],
  [Number.NaN, 0],
  [1.5, 1.5],
  [45_000, 45_000],
  [LONGEST_TIMER_MS, LONGEST_TIMER_MS],
  [LONGEST_TIMER_MS + 1, LONGEST_TIMER_MS],
  [2_500_000_000, LONGEST_TIMER_MS],
  [Number.POSITIVE_INFINITY, LONGEST_TIMER_MS],
])('a timer is given %d ms as %d', (ms, bounded) => {
  expect(timerMs(ms)).toBe(bounded);
});

test.each([3e9, Number.POSITIVE_INFINITY])('a wait of %d ms is not over at once', async (ms) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const end = new AbortController();
  const over: string[] = [];
  const waiting = wait(ms, end.signal).then(() => over.push('wait'));
  const late = within(aborted(end.signal), ms).then((inTime) => over.push(`within ${inTime}`));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(over).toEqual([]);
  end.abort();
  await Promise.all([waiting, late]);
  expect(over.sort()).toEqual(['wait', 'within true']);
});
