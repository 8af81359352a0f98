// Owns: when an alarm rings, on made-up time.
// Leaves: what is done then (remote.test.ts).
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAlarm } from '../../../../src/main/supervisor/remote/alarm.ts';

test.each([
  ['that is due', 1_000, 1_000, 1],
  ['that is yet to come', 5_000, 1_000, 0],
  ['that is past what a timer can be set to, as by ConnectTimeout 2500000', 2_600_000_000, 3_600_000, 0],
])('an alarm %s rings as often as it should', (_which, atMs, passedMs, times) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const ring = vi.fn();
  createAlarm(() => 0, ring)(atMs);
  vi.advanceTimersByTime(passedMs);
  expect(ring).toHaveBeenCalledTimes(times);
});
