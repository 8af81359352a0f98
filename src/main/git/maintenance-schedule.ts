// Owns: when git's housekeeping is due, as a pure decision.
// Leaves: running it (maintenance.ts), and the timer (housekeeping.ts).

/** The repository is quiet when nothing was written to it for this long. */
export const QUIET_MS = 60_000;
export const AT_MOST_EVERY_MS = 3_600_000;
/** With many remotes it is never quiet: after so long the first idle moment is taken. */
export const AT_LEAST_AFTER_MS = 3_600_000;

export interface MaintenanceState {
  /** When an operation that may have written here last ended; undefined: none since the last maintenance. */
  readonly writtenAtMs?: number | undefined;
  /** When the first such operation since the last maintenance ended. */
  readonly firstWrittenAtMs?: number | undefined;
  /** When maintenance last began; undefined: not since the daemon started. */
  readonly maintainedAtMs?: number | undefined;
  /** Whether an operation runs or waits. */
  readonly busy: boolean;
}

export type MaintenanceDecision =
  | { readonly kind: 'run' }
  /** Ask again then. */
  | { readonly kind: 'wait'; readonly waitMs: number }
  /** Ask again when an operation has ended. */
  | { readonly kind: 'not-needed' };

export function decideMaintenance(state: MaintenanceState, nowMs: number): MaintenanceDecision {
  const { writtenAtMs, firstWrittenAtMs = writtenAtMs, maintainedAtMs, busy } = state;
  if (writtenAtMs === undefined || firstWrittenAtMs === undefined || busy) return { kind: 'not-needed' };
  const quietAtMs = Math.min(writtenAtMs + QUIET_MS, firstWrittenAtMs + AT_LEAST_AFTER_MS);
  const dueAtMs = maintainedAtMs === undefined ? quietAtMs : Math.max(quietAtMs, maintainedAtMs + AT_MOST_EVERY_MS);
  return nowMs >= dueAtMs ? { kind: 'run' } : { kind: 'wait', waitMs: dueAtMs - nowMs };
}
