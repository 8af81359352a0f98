// Owns: the verdict that a thread has hung.
// Leaves: what is done with it then (worker-pool.ts).
import type { EventLoopUtilization } from 'node:perf_hooks';

export interface HangLimits {
  /** Busy without a pause for this long is a hang. */
  readonly hungAfterMs: number;
  readonly lookEveryMs: number;
}

export type HangWatch = (use: EventLoopUtilization | undefined, nowMs: number) => boolean;

/** To be shown a thread's event loop every `lookEveryMs`; undefined where it does not run. True: it has hung. */
export function createHangWatch({ hungAfterMs, lookEveryMs }: HangLimits): HangWatch {
  let lastUse: EventLoopUtilization | undefined;
  let busySinceMs: number | undefined;
  return (use, nowMs) => {
    const before = lastUse;
    lastUse = use;
    // `idle` stands still while the loop never comes back to waiting.
    if (!use || !before || use.idle !== before.idle || use.active === before.active) {
      busySinceMs = undefined;
      return false;
    }
    busySinceMs ??= nowMs - lookEveryMs;
    return nowMs - busySinceMs >= hungAfterMs;
  };
}
