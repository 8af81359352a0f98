// Owns: the promises of waiting within a limit, on made-up time.
// Leaves: what is waited for.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { within } from '../../../src/shared/timing/within.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const never = new Promise<never>(() => undefined);

test('what is done in time is told as soon as it is', async () => {
  const done = within(after(99), 100);
  await vi.advanceTimersByTimeAsync(99);
  expect(await done).toBe(true);
});

test('what is not is waited for no longer', async () => {
  const done = within(never, 100);
  await vi.advanceTimersByTimeAsync(100);
  expect(await done).toBe(false);
});

test('nor once a signal says so, which keeps no listener', async () => {
  const { signal, abort } = listenedTo();
  const done = within(never, 100, signal);
  abort();
  expect(await done).toBe(false);
  const other = listenedTo();
  await within(Promise.resolve(), 100, other.signal);
  expect([signal, other.signal].map(listeners)).toEqual([0, 0]);
});

test('what was done before counts, though the signal says that there is no time', async () => {
  const [done, late] = [within(Promise.resolve(), 100, AbortSignal.abort()), within(never, 100, AbortSignal.abort())];
  await vi.advanceTimersByTimeAsync(0);
  expect(await Promise.all([done, late])).toEqual([true, false]);
});

test("what fails in time fails, and what fails too late is nobody's", async () => {
  await expect(within(Promise.reject(new Error('broken')), 100)).rejects.toThrow('broken');
  const late = within(
    after(200).then(() => {
      throw new Error('late');
    }),
    100,
  );
  await vi.advanceTimersByTimeAsync(200);
  expect(await late).toBe(false);
});

const counts = new WeakMap<AbortSignal, number>();
const listeners = (signal: AbortSignal): number | undefined => counts.get(signal);

/** A signal that counts who listens. */
function listenedTo(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  const { signal } = controller;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  counts.set(signal, 0);
  const count = (change: number): void => void counts.set(signal, (counts.get(signal) ?? 0) + change);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    count(1);
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    count(-1);
    remove(...args);
  };
  return { signal, abort: () => controller.abort() };
}
