import { expect, test } from 'vitest';
import { grownMs, hitsAfter } from '../../../src/main/git/grown-limit.ts';
import type { Outcome } from '../../../src/main/git/operation.ts';
import type { FailureCode } from '../../../src/shared/failures.ts';

test.each([
  [15_000, 0, 15_000],
  [15_000, 1, 30_000],
  [15_000, 3, 120_000],
  [120_000, 5, 3_600_000],
  [120_000, 10_000, 3_600_000],
  [7_200_000, 3, 7_200_000],
  [Number.POSITIVE_INFINITY, 1, Number.POSITIVE_INFINITY],
])('a limit of %i ms that was hit %i times in a row is one of %i ms', (usualMs, hits, ms) => {
  expect(grownMs(usualMs, hits)).toBe(ms);
});

const failed = (code: FailureCode): Outcome => ({ ok: false, failure: { code, detail: 'no' } });

test('a limit grows for as long as it is hit, whatever fails between, until something worked', () => {
  const hits = (...outcomes: readonly Outcome[]): number => outcomes.reduce(hitsAfter, 0);
  expect(hits(failed('silent'), failed('dropped'), failed('timed-out'), failed('silent'))).toBe(2);
  expect(hits(failed('silent'), { ok: true }, failed('locked'))).toBe(0);
});
