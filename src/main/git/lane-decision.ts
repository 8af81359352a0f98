// Owns: how many git operations may run now, beside which others, and which are to be ended, as pure decisions.
// Leaves: the queue and the processes (git-lane.ts).
import type { RemoteName } from '../../shared/remote.ts';

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

/** An operation, as far as it matters which others it may run beside. */
export interface Neighbour {
  /** At most one of a key waits; a later request takes its place in the queue. */
  readonly key: string;
  /** At most one operation with a remote runs. */
  readonly remote?: RemoteName;
  /** Whether it may share its turn with others that may, each with another remote. */
  readonly shares?: true;
}

export interface LaneQueue {
  readonly running: readonly (Turn & { readonly operation: Neighbour })[];
  /** Those whose turn came before, and that had to wait. */
  readonly steppedBack: readonly Neighbour[];
  readonly quietMs: number;
  readonly nowMs: number;
}

/** Whether an operation whose turn has come has to step back. What is silent keeps only its own remote. */
export function hasToWait(operation: Neighbour, { running, steppedBack, quietMs, nowMs }: LaneQueue): boolean {
  const isBlocked = (one: Neighbour): boolean => running.some((turn) => areExclusive(turn.operation, one));
  const lively = running.filter((turn) => !isSilent(turn, quietMs, nowMs)).map((turn) => turn.operation);
  // Whoever stepped back is not overtaken time and again by those that may share.
  const next = steppedBack.filter((earlier) => !isBlocked(earlier));
  return isBlocked(operation) || [...lively, ...next].some((other) => !mayShare(other, operation));
}

const mayShare = (one: Neighbour, other: Neighbour): boolean => one.shares === true && other.shares === true;

const areExclusive = (one: Neighbour, other: Neighbour): boolean =>
  one.key === other.key || (one.remote !== undefined && one.remote === other.remote);
