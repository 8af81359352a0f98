// Owns: how an allowance is used up, and comes back with time.
// Leaves: what is done with one (line-budget.test.ts, test/workers/outbox.test.ts).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTokenBucket } from '../../../src/shared/timing/token-bucket.ts';

function bucketAt(startMs: number) {
  const clock = { nowMs: startMs };
  return { clock, bucket: createTokenBucket({ most: 10, perMs: 0.5 }, () => clock.nowMs) };
}

test('all of it may be used at once, and then what has come back', () => {
  const { clock, bucket } = bucketAt(5);
  expect(bucket.take(10)).toBe(true);
  expect(bucket.take(1)).toBe(false);
  expect(bucket.waitMs(1)).toBe(2);
  clock.nowMs += 2;
  expect(bucket.take(1)).toBe(true);
  expect(bucket.take(1)).toBe(false);
});

test('what is spent beyond it is owed, and what is given back never makes it more than full', () => {
  const { clock, bucket } = bucketAt(0);
  bucket.spend(15);
  expect(bucket.waitMs(0)).toBe(10);
  bucket.spend(-100);
  expect(bucket.take(11)).toBe(false);
  clock.nowMs += 1_000_000;
  expect([bucket.take(10), bucket.take(1)]).toEqual([true, false]);
});

test('however it is used, no more is taken than was there and came back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 10 }))), (uses) => {
      const { clock, bucket } = bucketAt(0);
      let taken = 0;
      for (const [waitMs, amount] of uses) {
        clock.nowMs += waitMs;
        if (bucket.take(amount)) taken += amount;
      }
      expect(taken).toBeLessThanOrEqual(10 + clock.nowMs * 0.5);
    }),
  );
});
