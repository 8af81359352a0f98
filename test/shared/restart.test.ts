import { expect, test } from 'vitest';
import type { FailureCode } from '../../src/shared/failures.ts';
import {
  decideWait,
  FIRST_WAIT_MS,
  LONGEST_WAIT_MS,
  STEADY_MS,
  waitAsked,
  waitLimits,
} from '../../src/shared/restart.ts';

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

test('where a way has a longest wait of its own, no failure makes it longer', () => {
  const waitOf = (code: FailureCode): number => decideWait(12, 0, LONGEST, waitLimits(code, undefined, 300_000)).waitMs;
  expect((['unreachable', 'dropped', 'maybe-refused'] as const).map(waitOf)).toEqual([300_000, 300_000, 300_000]);
  expect(waitOf('not-there')).toBe(waitLimits('not-there').longestMs);
});

test('a path is looked for every few seconds, for as long as it is away', () => {
  const limits = waitLimits('not-there');
  expect(decideWait(0, 0, LONGEST, limits).waitMs).toBe(1_000);
  for (const failures of [1, 5, 1_000]) expect(decideWait(failures, 0, LONGEST, limits).waitMs).toBe(2_000);
});

test('no other failure is tried again so often', () => {
  for (const code of ['unreachable', 'no-repository', 'dropped'] as const) {
    expect(waitLimits(code)).toEqual({ firstMs: FIRST_WAIT_MS, longestMs: LONGEST_WAIT_MS });
  }
});

test('a server that may have refused is asked again within the minute, and not often in the next', () => {
  const waits = [0, 1, 2].map((failures) => decideWait(failures, 0, LONGEST, waitLimits('maybe-refused')).waitMs);
  expect(waits).toEqual([30_000, 60_000, 120_000]);
});

test('where trying is cheap no wait is longer than a third of the outage, but for the first', () => {
  const waits = [0, 2, 6, 20, 60, 3_600, 36_000].map(
    (awayS) => decideWait(12, 0, LONGEST, waitLimits('unreachable', awayS * 1_000)).waitMs / 1_000,
  );
  expect(waits.map(Math.round)).toEqual([1, 1, 2, 7, 20, 1_200, 3_600]);
});

test('elsewhere an outage makes no wait shorter', () => {
  for (const code of ['timed-out', 'dropped', 'no-repository', 'maybe-refused'] as const)
    expect(decideWait(12, 0, LONGEST, waitLimits(code, 1_000)).waitMs).toBe(LONGEST_WAIT_MS);
});

test('a server that was away for 20 s is tried again within 27 s of going, in a dozen tries', () => {
  for (const random of [LONGEST, SHORTEST, () => 0.5]) {
    let [nowMs, tries] = [0, 0];
    let wait = decideWait(0, STEADY_MS, random, waitLimits('dropped', 0));
    for (nowMs += wait.waitMs; nowMs < 20_000; nowMs += wait.waitMs) {
      tries += 1;
      wait = decideWait(wait.failures, 0, random, waitLimits('unreachable', nowMs));
    }
    expect(nowMs).toBeLessThanOrEqual(27_000);
    expect(tries).toBeLessThanOrEqual(24);
  }
});

test.each<[string, number | undefined, number, number]>([
  ['nothing, it is ours', undefined, 12, LONGEST_WAIT_MS],
  ['half a minute, it is that', 30_000, 0, 30_000],
  ['half a minute time and again, it stays that', 30_000, 12, 30_000],
  ['a second, it is that', 1_000, 0, 1_000],
  ['a second time and again, it grows to ten', 1_000, 12, 10_000],
])('where a server asks for %s', (_what, againInMs, failures, waitMs) => {
  expect(waitAsked(againInMs, decideWait(failures, 0, LONGEST))).toBe(waitMs);
});
