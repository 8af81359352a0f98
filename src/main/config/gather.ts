// Owns: making one call of many, once it is quiet or the longest wait is over.
// Leaves: where the news come from (watch-files.ts).

export interface Gather {
  /** Something happened. */
  readonly note: () => void;
  /** Forgets what has not been told yet. */
  readonly close: () => void;
}

/** A steady stream of news is told every `longestMs`; the timer does not keep the process alive. */
export function gather(tell: () => void, quietMs: number, longestMs: number): Gather {
  let timer: NodeJS.Timeout | undefined;
  let latestMs = 0;
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    note: () => {
      const nowMs = performance.now();
      if (timer === undefined) latestMs = nowMs + longestMs;
      stop();
      const ring = (): void => {
        timer = undefined;
        tell();
      };
      timer = setTimeout(ring, Math.max(0, Math.min(quietMs, latestMs - nowMs))).unref();
    },
    close: stop,
  };
}
