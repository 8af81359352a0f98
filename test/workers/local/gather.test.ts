// Owns: the promises of gathering, on made-up time.
// Leaves: what is gathered (local-watch.test.ts).
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createGather, type Gather } from '../../../src/workers/local/gather.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const LONG_MS = 5_000;

/** Calls `next` again and again, and keeps when each call was answered and how. */
function listen(): { gather: Gather; told: string[]; close: () => void } {
  const closing = new AbortController();
  const gather = createGather({ quietMs: 20, longestMs: 60, closing: closing.signal });
  const told: string[] = [];
  const startMs = performance.now();
  const ask = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const happened = await gather.next(LONG_MS);
      told.push(`${Math.round(performance.now() - startMs)}: ${happened}`);
    }
  };
  void ask();
  return { gather, told, close: () => closing.abort() };
}

test('many events at once are told once, when it is quiet', async () => {
  const { gather, told } = listen();
  for (let noted = 0; noted < 3; noted += 1) {
    gather.note();
    await vi.advanceTimersByTimeAsync(10);
  }
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual(['40: true']);
});

test('a steady stream is told every longest wait', async () => {
  const { gather, told } = listen();
  for (let noted = 0; noted < 18; noted += 1) {
    gather.note();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(told).toEqual(['60: true', '120: true', '180: true']);
});

test('an event that comes while nobody waits is told by the next wait', async () => {
  const closing = new AbortController();
  const gather = createGather({ quietMs: 20, longestMs: 60, closing: closing.signal });
  gather.note();
  const next = gather.next(LONG_MS);
  await vi.advanceTimersByTimeAsync(20);
  expect(await next).toBe(true);
});

test('where nothing happens, that is told after the limit', async () => {
  const { told } = listen();
  await vi.advanceTimersByTimeAsync(2 * LONG_MS);
  expect(told).toEqual([`${LONG_MS}: false`, `${2 * LONG_MS}: false`]);
});

test('closing ends a wait at once, and nothing is told any more', async () => {
  const { gather, told, close } = listen();
  await vi.advanceTimersByTimeAsync(5);
  gather.note();
  close();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual(['5: false']);
  expect(vi.getTimerCount()).toBe(0);
});
