// Owns: what is told of a network's speed, by when how many bytes came.
// Leaves: that a link tells it (test/end-to-end/peers-xmpp.test.ts).
import { expect, test } from 'vitest';
import { describeRate, type RateState, rateAfter } from '../../../../src/workers/peer/client/slow-rate.ts';

/** Pieces of so many bytes, one every so many ms. */
function after(pieces: number, bytes: number, everyMs: number, from: RateState = {}, beganMs = 0): RateState {
  return Array.from({ length: pieces }).reduce<RateState>(
    (state, _piece, index) => rateAfter(state, bytes, beganMs + index * everyMs),
    from,
  );
}

test('a slow network is told by what it brought in the time from the first piece to the last', () => {
  expect(describeRate(after(11, 4_000, 500))).toBe(', at 8.0 kB/s');
  expect(describeRate(after(11, 40_000, 1_000))).toBe(', at 40 kB/s');
});

test('what comes in bursts with gaps is one spell, and after a long silence another begins', () => {
  const slow = after(6, 20_000, 4_000);
  expect(describeRate(slow)).toBe(', at 5.0 kB/s');
  expect(describeRate(after(4, 30_000, 1_500, slow, 100_000))).toBe(', at 20 kB/s');
});

test('a moment, a few lines and a network that is not slow are not worth telling, and take nothing back but by speed', () => {
  expect(describeRate(after(3, 20_000, 1_000))).toBe('');
  expect(describeRate(after(11, 100, 1_000))).toBe('');
  expect(describeRate(after(41, 64_000, 100))).toBe('');
  const slow = after(11, 4_000, 500);
  expect(describeRate(after(3, 100, 10, slow, 60_000))).toBe(', at 8.0 kB/s');
  expect(describeRate(after(41, 64_000, 100, slow, 60_000))).toBe('');
});
