import { expect, onTestFinished, test, vi } from 'vitest';
import { monotonicMs, wallMsOf } from '../../../src/shared/timing/clock.ts';

test('ages are no others when the wall clock is set, and a person is told by the clock that he sees', () => {
  onTestFinished(() => void vi.restoreAllMocks());
  const before = monotonicMs();
  expect(Math.abs(wallMsOf(before) - Date.now())).toBeLessThan(60_000);
  const hourBackMs = Date.now() - 3_600_000;
  vi.spyOn(Date, 'now').mockImplementation(() => hourBackMs);
  expect(monotonicMs()).toBeGreaterThanOrEqual(before);
  expect(monotonicMs() - before).toBeLessThan(60_000);
  expect(wallMsOf(before)).toBeLessThanOrEqual(hourBackMs);
});
