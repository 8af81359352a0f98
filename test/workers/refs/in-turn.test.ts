// Owns: that a wait for a turn is not taken for the silence of whoever is asked, and that a turn is over with the answer.
// Leaves: how many have a turn at once (test/main/supervisor/link/gates.test.ts).
import { expect, onTestFinished, test, vi } from 'vitest';
import { aborted } from '../../../src/shared/timing/wait.ts';
import { ANSWER } from '../../../src/workers/patience.ts';
import { remoteInTurn } from '../../../src/workers/refs/in-turn.ts';
import { turnsByHand } from '../loop.ts';

/** Answers nothing until it is given up. */
const silent = async (signal: AbortSignal): Promise<never> => {
  await aborted(signal);
  throw signal.reason;
};

test('the time of a listing runs from when its turn comes, and ends it', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const turns = turnsByHand();
  const listed = vi.fn(silent);
  const ended = remoteInTurn(
    listed,
    turns.take,
    () => undefined,
  )(new AbortController().signal).catch((error) => error.code);
  await vi.advanceTimersByTimeAsync(10 * ANSWER.refsMs);
  expect(listed).not.toHaveBeenCalled();
  turns.give();
  await vi.advanceTimersByTimeAsync(ANSWER.refsMs - 1);
  expect(turns.log.seen.map(({ text }) => text)).toEqual(['wants to poll']);
  await vi.advanceTimersByTimeAsync(1);
  expect(await ended).toBe('timed-out');
  expect(turns.log.seen.at(-1)?.text).toBe('has ended its poll');
});
