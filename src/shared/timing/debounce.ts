// Owns: making one of many events, once it is quiet or the longest wait is over.
// Leaves: where the events come from, and what is done then (main/config/watch-files.ts, workers/local/local-watch.ts).
import { wait } from './wait.ts';

export interface Debounce {
  /** Something happened. */
  readonly note: () => void;
  /** Forgets what has not been acted upon yet. */
  readonly close: () => void;
}

export interface DebounceTimes {
  readonly quietMs: number;
  /** A steady stream of events is acted upon this often. */
  readonly longestMs: number;
}

/** Calls `act` for events that it notes. The timer does not keep the process alive. */
export function debounce(act: () => void, { quietMs, longestMs }: DebounceTimes): Debounce {
  let burst: { readonly timer: NodeJS.Timeout; readonly latestMs: number } | undefined;
  const close = (): void => {
    clearTimeout(burst?.timer);
    burst = undefined;
  };
  const ring = (): void => {
    burst = undefined;
    act();
  };
  return {
    note: () => {
      const nowMs = performance.now();
      const latestMs = burst?.latestMs ?? nowMs + longestMs;
      close();
      burst = { timer: setTimeout(ring, Math.max(0, Math.min(quietMs, latestMs - nowMs))).unref(), latestMs };
    },
    close,
  };
}

export interface DebouncedEvents {
  readonly note: () => void;
  /** Waits for events to happen, and to be over; false when none did within the time, or on the way out. */
  readonly next: (limitMs: number) => Promise<boolean>;
}

/** For one who waits. Events that come between two calls of `next` count for the later one. */
export function debouncedEvents(times: DebounceTimes, closing: AbortSignal): DebouncedEvents {
  /** Aborted when there is something to be told. */
  let news = new AbortController();
  const { note, close } = debounce(() => news.abort(), times);
  // One listener for good: a signal made of two by AbortSignal.any would be kept by the longer-lived one.
  closing.addEventListener(
    'abort',
    () => {
      close();
      news.abort();
    },
    { once: true },
  );
  return {
    note,
    next: async (limitMs) => {
      if (closing.aborted) return false;
      await wait(limitMs, news.signal);
      if (!news.signal.aborted || closing.aborted) return false;
      news = new AbortController();
      return true;
    },
  };
}
