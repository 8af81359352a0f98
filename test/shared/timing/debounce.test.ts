// Owns: the promises of debouncing, to who is called and to who waits, on made-up time.
// Leaves: what is debounced (watch-files.test.ts, local-watch.test.ts).
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type DebouncedEvents, debounce, debouncedEvents } from '../../../src/shared/timing/debounce.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const TIMES = { quietMs: 100, longestMs: 1_000 };
const SHORT = { quietMs: 20, longestMs: 60 };
const LONG_MS = 5_000;

describe('who is called', () => {
  test('hears of events once it is quiet', () => {
    const tell = vi.fn();
    const { note } = debounce(tell, TIMES);
    note();
    vi.advanceTimersByTime(99);
    note();
    vi.advanceTimersByTime(99);
    expect(tell).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(tell).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(10_000);
    expect(tell).toHaveBeenCalledTimes(1);
  });

  test('hears of a steady stream after the longest wait', () => {
    const tell = vi.fn();
    const { note } = debounce(tell, TIMES);
    for (let i = 0; i < 50; i++) {
      note();
      vi.advanceTimersByTime(50);
    }
    expect(tell).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(100);
    expect(tell).toHaveBeenCalledTimes(3);
  });

  test('hears also of what happens while he is called', () => {
    const tell = vi.fn(() => {
      if (tell.mock.calls.length === 1) news.note();
    });
    const news = debounce(tell, TIMES);
    news.note();
    vi.advanceTimersByTime(200);
    expect(tell).toHaveBeenCalledTimes(2);
  });

  test('hears nothing more once it is closed', () => {
    const tell = vi.fn();
    const { note, close } = debounce(tell, TIMES);
    note();
    close();
    vi.advanceTimersByTime(10_000);
    expect(tell).not.toHaveBeenCalled();
  });
});

/** Calls `next` again and again, and keeps when each call was answered and how. */
function listen(): { events: DebouncedEvents; told: string[]; close: () => void } {
  const closing = new AbortController();
  const events = debouncedEvents(SHORT, closing.signal);
  const told: string[] = [];
  const startMs = performance.now();
  const ask = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const happened = await events.next(LONG_MS);
      told.push(`${Math.round(performance.now() - startMs)}: ${happened}`);
    }
  };
  void ask();
  return { events, told, close: () => closing.abort() };
}

describe('who waits', () => {
  test('is told once of many events, when it is quiet', async () => {
    const { events, told } = listen();
    for (let noted = 0; noted < 3; noted += 1) {
      events.note();
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(1_000);
    expect(told).toEqual(['40: true']);
  });

  test('is told of a steady stream every longest wait', async () => {
    const { events, told } = listen();
    for (let noted = 0; noted < 18; noted += 1) {
      events.note();
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(told).toEqual(['60: true', '120: true', '180: true']);
  });

  test('is told by his next wait of what happened between two', async () => {
    const events = debouncedEvents(SHORT, new AbortController().signal);
    events.note();
    const next = events.next(LONG_MS);
    await vi.advanceTimersByTimeAsync(20);
    expect(await next).toBe(true);
  });

  test('is told after the limit that nothing happened', async () => {
    const { told } = listen();
    await vi.advanceTimersByTimeAsync(2 * LONG_MS);
    expect(told).toEqual([`${LONG_MS}: false`, `${2 * LONG_MS}: false`]);
  });

  test('waits no longer, and is told of nothing, on the way out', async () => {
    const { events, told, close } = listen();
    await vi.advanceTimersByTimeAsync(5);
    events.note();
    close();
    await vi.advanceTimersByTimeAsync(0);
    expect(told).toEqual(['5: false']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is told by his next wait of what begins just before his limit', async () => {
    const { events, told } = listen();
    await vi.advanceTimersByTimeAsync(LONG_MS - 5);
    events.note();
    await vi.advanceTimersByTimeAsync(100);
    expect(told).toEqual([`${LONG_MS}: false`, `${LONG_MS + 15}: true`]);
  });
});
