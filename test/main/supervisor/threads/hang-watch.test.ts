import { expect, test } from 'vitest';
import { createHangWatch } from '../../../../src/main/supervisor/threads/hang-watch.ts';

/** Shows an event loop's idle and busy time once a second, in ms since it began; gives how often it looked hung. */
function watch() {
  const isHung = createHangWatch({ hungAfterMs: 3_000, lookEveryMs: 1_000 });
  let nowMs = 500;
  return (...uses: readonly (readonly [idle: number, active: number] | undefined)[]): number =>
    uses.filter((use) => {
      nowMs += 1_000;
      const [idle, active] = use ?? [0, 0];
      return isHung(use && { idle, active, utilization: active / (idle + active) }, nowMs);
    }).length;
}

test('a loop that is busy without a pause for so long has hung, and goes on having hung', () => {
  const look = watch();
  expect(look([7, 100], [7, 1_100], [7, 2_100])).toBe(0);
  expect(look([7, 3_100])).toBe(1);
  expect(look([7, 4_100])).toBe(1);
});

test('after a moment in which it waited for something, the time begins anew', () => {
  const look = watch();
  expect(look([7, 100], [7, 1_100], [7, 2_100], [8, 3_099], [8, 4_099], [8, 5_099])).toBe(0);
  expect(look([8, 6_099])).toBe(1);
});

test('a thread that has not begun has not hung, and neither has one that is gone', () => {
  const look = watch();
  expect(look([0, 0], [0, 0], [0, 0], [0, 0], [0, 0])).toBe(0);
  expect(look([0, 1_000], [0, 2_000], undefined, [0, 1_000], [0, 2_000])).toBe(0);
});

test('the next thread in the place of one is another loop, however little it has waited', () => {
  const look = watch();
  expect(look([7, 1_000], [7, 2_000], [7, 3_000], [2, 100], [2, 1_100], [2, 2_100])).toBe(0);
  expect(look([2, 3_100])).toBe(1);
});
