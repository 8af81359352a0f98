// Owns: how many git operations may run now, and which of them are to be ended, as a pure decision.
// Leaves: the queue and the processes (fetch-lane.ts).

/** An operation that runs, as far as the decision needs to know it. */
export interface Turn {
  readonly lastSignMs: number;
  /** Longest time without a sign before it is ended. */
  readonly patienceMs: number;
}

export interface LaneDecision<T extends Turn> {
  /** How many may run at once: one, and one beside each that is silent. */
  readonly places: number;
  readonly overdue: readonly T[];
  /** When time alone changes the answer next; undefined: never. */
  readonly nextAtMs: number | undefined;
}

/** `quietMs`: without a sign for so long, an operation no longer holds up the others. */
export function decideLane<T extends Turn>(running: readonly T[], quietMs: number, nowMs: number): LaneDecision<T> {
  const silent = running.filter((turn) => nowMs >= turn.lastSignMs + quietMs);
  const ahead = running
    .flatMap((turn) => [turn.lastSignMs + quietMs, turn.lastSignMs + turn.patienceMs])
    .filter((atMs) => atMs > nowMs && Number.isFinite(atMs));
  return {
    places: 1 + silent.length,
    overdue: running.filter((turn) => nowMs >= turn.lastSignMs + turn.patienceMs),
    nextAtMs: ahead.length === 0 ? undefined : Math.min(...ahead),
  };
}
