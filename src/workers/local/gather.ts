// Owns: making one of many events, once it is quiet or the longest wait is over.
// Leaves: where the events come from (directory-watches.ts), and what is done then (local-watch.ts).
import { wait } from '../../shared/timing/wait.ts';

export interface Gather {
  /** Something happened. */
  readonly note: () => void;
  /** Waits for it to happen, and to be over; false when nothing did within the time, or on the way out. */
  readonly next: (limitMs: number) => Promise<boolean>;
}

export interface GatherOptions {
  readonly quietMs: number;
  /** A steady stream is told this often. */
  readonly longestMs: number;
  /** Aborted: nothing is waited for any more. */
  readonly closing: AbortSignal;
}

/** Notes that come between two calls of `next` count for the later one. */
export function createGather({ quietMs, longestMs, closing }: GatherOptions): Gather {
  let noted: { readonly firstMs: number; lastMs: number } | undefined;
  let bell = new AbortController();
  // One listener for good: a signal made of two by AbortSignal.any would be kept by the longer-lived one.
  closing.addEventListener('abort', () => bell.abort(), { once: true });

  const dueMs = (): number =>
    noted ? Math.min(noted.lastMs + quietMs, noted.firstMs + longestMs) - performance.now() : 0;
  return {
    note: () => {
      const nowMs = performance.now();
      noted ??= { firstMs: nowMs, lastMs: nowMs };
      noted.lastMs = nowMs;
      bell.abort();
    },
    next: async (limitMs) => {
      if (!noted && !closing.aborted) await wait(limitMs, bell.signal);
      for (let leftMs = dueMs(); leftMs > 0 && !closing.aborted; leftMs = dueMs()) await wait(leftMs, closing);
      const happened = noted !== undefined && !closing.aborted;
      noted = undefined;
      bell = new AbortController();
      return happened;
    },
  };
}
