// Owns: which lines are passed on, and what is said of the others.
// Leaves: the allowance (token-bucket.test.ts).
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLineBudget, leftOutText } from '../../../src/shared/timing/line-budget.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function budget() {
  const said: string[] = [];
  const lines = createLineBudget({
    allowance: { most: 3, perMs: 1 / 1_000 },
    tell: (leftOut) => said.push(leftOutText(leftOut)),
    tellAfterMs: 500,
    nowMs: () => performance.now(),
  });
  const say = (text: string) => lines.say(1, () => said.push(text));
  return { said, say, close: lines.close };
}

test('so many are passed on, and a little later it is said how many were not', () => {
  const { said, say } = budget();
  for (const text of 'abcdefgh') say(text);
  expect(said).toEqual(['a', 'b', 'c']);
  vi.advanceTimersByTime(500);
  expect(said.slice(3)).toEqual(['5 more lines were not shown']);
  vi.advanceTimersByTime(500);
  say('i');
  say('j');
  expect(said.slice(4)).toEqual(['i']);
  vi.advanceTimersByTime(500);
  expect(said.slice(5)).toEqual(['one more line was not shown']);
  vi.advanceTimersByTime(60_000);
  expect(said).toHaveLength(6);
});

test('at the end it is said at once', () => {
  const { said, say, close } = budget();
  for (const text of 'abcde') say(text);
  close();
  close();
  expect(said.slice(3)).toEqual(['2 more lines were not shown']);
  vi.advanceTimersByTime(5_000);
  expect(said).toHaveLength(4);
});
