// Owns: the timer behind git's housekeeping.
// Leaves: when it is due (maintenance-schedule.ts), and what it is (maintenance.ts).
import { decideMaintenance } from './maintenance-schedule.ts';

export interface Housekeeping {
  /** An operation that may have written to the repository has ended. */
  readonly written: () => void;
  readonly close: () => void;
}

/** Calls `run` when the repository has been quiet, at most hourly. `busy`: an operation runs or waits, or none may. */
export function createHousekeeping(busy: () => boolean, run: () => void): Housekeeping {
  let writtenAtMs: number | undefined;
  let firstWrittenAtMs: number | undefined;
  let maintainedAtMs: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  const look = (): void => {
    clearTimeout(timer);
    const nowMs = performance.now();
    const decision = decideMaintenance({ writtenAtMs, firstWrittenAtMs, maintainedAtMs, busy: busy() }, nowMs);
    if (decision.kind === 'wait') timer = setTimeout(look, decision.waitMs).unref();
    if (decision.kind !== 'run') return;
    maintainedAtMs = nowMs;
    writtenAtMs = undefined;
    firstWrittenAtMs = undefined;
    run();
  };
  return {
    written: () => {
      writtenAtMs = performance.now();
      firstWrittenAtMs ??= writtenAtMs;
      look();
    },
    close: () => clearTimeout(timer),
  };
}
