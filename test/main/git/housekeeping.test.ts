import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createHousekeeping, type Housekeeping } from '../../../src/main/git/housekeeping.ts';
import { AT_MOST_EVERY_MS, QUIET_MS } from '../../../src/main/git/maintenance-schedule.ts';

interface Observed extends Housekeeping {
  readonly runs: () => number;
  readonly setBusy: (busy: boolean) => void;
}

function observed(): Observed {
  let runs = 0;
  let isBusy = false;
  const housekeeping = createHousekeeping(
    () => isBusy,
    () => {
      runs += 1;
    },
  );
  onTestFinished(housekeeping.close);
  return {
    ...housekeeping,
    runs: () => runs,
    setBusy: (busy) => {
      isBusy = busy;
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

test('it runs once the repository has been quiet, and every write puts that off', () => {
  const housekeeping = observed();
  housekeeping.written();
  vi.advanceTimersByTime(QUIET_MS - 1);
  housekeeping.written();
  vi.advanceTimersByTime(QUIET_MS - 1);
  expect(housekeeping.runs()).toBe(0);
  vi.advanceTimersByTime(1);
  expect(housekeeping.runs()).toBe(1);
});

test('without a write it never runs', () => {
  const housekeeping = observed();
  vi.advanceTimersByTime(2 * AT_MOST_EVERY_MS);
  expect(housekeeping.runs()).toBe(0);
});

test('it runs at most hourly, and then for what was written meanwhile', () => {
  const housekeeping = observed();
  housekeeping.written();
  vi.advanceTimersByTime(QUIET_MS);
  housekeeping.written();
  vi.advanceTimersByTime(AT_MOST_EVERY_MS - 1);
  expect(housekeeping.runs()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(housekeeping.runs()).toBe(2);
});

test('while an operation runs it does not, and the end of that asks again', () => {
  const housekeeping = observed();
  housekeeping.written();
  housekeeping.setBusy(true);
  vi.advanceTimersByTime(2 * QUIET_MS);
  expect(housekeeping.runs()).toBe(0);
  housekeeping.setBusy(false);
  housekeeping.written();
  vi.advanceTimersByTime(QUIET_MS);
  expect(housekeeping.runs()).toBe(1);
});

test('a repository that is written to all the time has its turn within the hour after all', () => {
  const housekeeping = observed();
  for (let passedMs = 0; passedMs <= AT_MOST_EVERY_MS; passedMs += QUIET_MS / 2) {
    housekeeping.written();
    vi.advanceTimersByTime(QUIET_MS / 2);
  }
  expect(housekeeping.runs()).toBe(1);
});

test('when it was closed it runs no more', () => {
  const housekeeping = observed();
  housekeeping.written();
  housekeeping.close();
  vi.advanceTimersByTime(AT_MOST_EVERY_MS);
  expect(housekeeping.runs()).toBe(0);
});
