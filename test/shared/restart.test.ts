import { expect, test } from 'vitest';
import { decideWait, FIRST_WAIT_MS, LONGEST_WAIT_MS, longestWaitMs, STEADY_MS } from '../../src/shared/restart.ts';

const LONGEST = (): number => 1 - Number.EPSILON;
const SHORTEST = (): number => 0;

test('waits double from a second to an hour', () => {
  const waits: number[] = [];
  for (let failures = 0; failures < 15; failures++) waits.push(decideWait(failures, 0, LONGEST).waitMs);
  expect(waits.slice(0, 5)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(waits.slice(-3)).toEqual([LONGEST_WAIT_MS, LONGEST_WAIT_MS, LONGEST_WAIT_MS]);
});

test('jitter takes off up to half', () => {
  expect(decideWait(3, 0, SHORTEST).waitMs).toBe(4_000);
  expect(decideWait(3, 0, () => 0.5).waitMs).toBe(6_000);
});

test('a link that lived is tried again after the first wait', () => {
  expect(decideWait(9, STEADY_MS, LONGEST)).toEqual({ waitMs: FIRST_WAIT_MS, failures: 1 });
  expect(decideWait(9, STEADY_MS - 1, LONGEST).failures).toBe(10);
});

test('any number of failures gives a wait that a timer can have', () => {
  for (const failures of [0, 1, 12, 13, 1_000, 1e9]) {
    const { waitMs } = decideWait(failures, 0, LONGEST);
    expect(waitMs).toBeGreaterThanOrEqual(FIRST_WAIT_MS / 2);
    expect(waitMs).toBeLessThanOrEqual(LONGEST_WAIT_MS);
  }
});

test('a path is looked for every few seconds, for as long as it is away', () => {
  const longestMs = longestWaitMs('not-there');
  expect(decideWait(0, 0, LONGEST, longestMs).waitMs).toBe(1_000);
  for (const failures of [1, 5, 1_000]) expect(decideWait(failures, 0, LONGEST, longestMs).waitMs).toBe(2_000);
});

test('no other failure is tried again so often', () => {
  for (const code of ['unreachable', 'no-repository', 'dropped'] as const) {
    expect(longestWaitMs(code)).toBe(LONGEST_WAIT_MS);
  }
});
