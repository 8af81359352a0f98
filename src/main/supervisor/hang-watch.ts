// Owns: the verdict that a thread has hung.
// Leaves: what is done with it then (worker-pool.ts).
import { type EventLoopUtilization, performance } from 'node:perf_hooks';

export interface HangLimits {
  /** Busy without a pause for this long is a hang. */
  readonly hungAfterMs: number;
  readonly lookEveryMs: number;
}

/** To be shown a thread's event loop every `lookEveryMs`; undefined where it does not run. True: it has hung. */
export function createHangWatch(limits: HangLimits): (use: EventLoopUtilization | undefined) => boolean {
  let lastUse: EventLoopUtilization | undefined;
  let busySinceMs: number | undefined;
  return (use) => {
    const during = use && lastUse && performance.eventLoopUtilization(use, lastUse);
    lastUse = use;
    // `idle` stands still while the loop never comes back to waiting.
    if (during === undefined || during.idle > 0 || during.active === 0) {
      busySinceMs = undefined;
      return false;
    }
    busySinceMs ??= performance.now() - limits.lookEveryMs;
    return performance.now() - busySinceMs >= limits.hungAfterMs;
  };
}
