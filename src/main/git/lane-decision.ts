// Owns: how many git operations may run now, and which of them are to be ended, as a pure decision.
// Leaves: the queue and the processes (fetch-lane.ts).

/** An operation that runs, as far as the decision needs to know it. */
export interface Turn {
  readonly lastSignMs: number;
  /** Longest time without a sign before it is ended. */
  readonly patienceMs: number;
}

/** What runs, and what time it is. */
export interface LaneNow<T extends Turn> {
  readonly running: readonly T[];
  /** Without a sign for so long, an operation no longer holds up the others. */
  readonly quietMs: number;
  /** How many may run at once, not counting those that are silent. */
  readonly most: number;
  readonly nowMs: number;
}

export interface LaneDecision<T extends Turn> {
  /** How many may run at once: the silent ones take no place. */
  readonly places: number;
  readonly overdue: readonly T[];
  /** When time alone changes the answer next; undefined: never. */
  readonly nextAtMs: number | undefined;
}

export const isSilent = (turn: Turn, quietMs: number, nowMs: number): boolean => nowMs >= turn.lastSignMs + quietMs;

export function decideLane<T extends Turn>({ running, quietMs, most, nowMs }: LaneNow<T>): LaneDecision<T> {
  const silent = running.filter((turn) => isSilent(turn, quietMs, nowMs));
  const ahead = running
    .flatMap((turn) => [turn.lastSignMs + quietMs, turn.lastSignMs + turn.patienceMs])
    .filter((atMs) => atMs > nowMs && Number.isFinite(atMs));
  return {
    places: most + silent.length,
    overdue: running.filter((turn) => nowMs >= turn.lastSignMs + turn.patienceMs),
    nextAtMs: ahead.length === 0 ? undefined : Math.min(...ahead),
  };
}
