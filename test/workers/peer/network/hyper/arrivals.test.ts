// Owns: how many may be on their way in at once over hyper, and that one machine does not keep others out.
// Leaves: those who come (hyper.test.ts).
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import {
  ARRIVING_MS,
  createArrivals,
  MOST_ARRIVING,
  MOST_ARRIVING_FROM_ONE,
} from '../../../../../src/workers/peer/network/hyper/arrivals.ts';

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

const keyOf = (number: number): Uint8Array => Uint8Array.of(number, 7);

/** As many as there may be, each from a place of its own. */
function full() {
  const arrivals = createArrivals();
  const refused = Array.from({ length: MOST_ARRIVING }, (_, each) => arrivals.refuses(keyOf(each), `10.0.0.${each}`));
  expect(refused).not.toContain(true);
  expect(arrivals.refuses(keyOf(200), '10.0.1.1')).toBe(true);
  return arrivals;
}

test('who comes when all places are taken is refused, and let in once another has arrived', () => {
  const arrivals = full();
  arrivals.arrived(keyOf(5));
  expect(arrivals.refuses(keyOf(200), '10.0.1.1')).toBe(false);
  expect(arrivals.refuses(keyOf(201), '10.0.1.1')).toBe(true);
});

test('a place of somebody who never arrives is free again in time', () => {
  const arrivals = full();
  vi.advanceTimersByTime(ARRIVING_MS);
  expect(arrivals.refuses(keyOf(200), '10.0.1.1')).toBe(false);
});

test('one machine alone takes some of the places, whatever keys it has', () => {
  const arrivals = createArrivals();
  const refused = Array.from({ length: MOST_ARRIVING }, (_, each) => arrivals.refuses(keyOf(each), '10.0.0.1'));
  expect(refused.filter((each) => !each)).toHaveLength(MOST_ARRIVING_FROM_ONE);
  expect(arrivals.refuses(keyOf(200), '10.0.0.2')).toBe(false);
});

test('somebody who arrives unasked frees no place, and a close frees all', () => {
  const arrivals = full();
  arrivals.arrived(keyOf(222));
  expect(arrivals.refuses(keyOf(200), '10.0.1.1')).toBe(true);
  arrivals.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(arrivals.refuses(keyOf(200), '10.0.1.1')).toBe(false);
});
