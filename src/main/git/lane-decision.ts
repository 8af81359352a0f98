// Owns: how many git operations may run now, beside which others, and which are to be ended, as pure decisions.
// Leaves: the queue and the processes (git-lane.ts).
import type { RemoteName } from '../../shared/remote.ts';
import { agedPlaces } from '../../shared/timing/aged.ts';

/** An operation that runs, as far as the decision needs to know it. */
export interface Turn {
  readonly startedMs: number;
  readonly lastSignMs: number;
  /** When it last had moved something worth the name: a sign of life alone may be all that it ever gives. */
  readonly lastMoveMs: number;
  /** Longest time without a sign before it is ended. */
  readonly patienceMs: number;
  /** It has no place among the others, and so leaves them none. */
  readonly isQuick?: boolean;
}

/** What runs, and what time it is. */
export interface LaneNow<T extends Turn> {
  readonly running: readonly T[];
  /** Without having moved anything for so long, or when it is so old, an operation no longer holds up the others. */
  readonly quietMs: number;
  /** Without having moved anything for as long as each of these, it is worth telling of. */
  readonly crawlsMs: readonly number[];
  /** How many may run at once, not counting those that take no place. */
  readonly most: number;
  readonly nowMs: number;
}

export interface LaneDecision<T extends Turn> {
  /** How many may run at once: what is passed by takes no place. */
  readonly places: number;
  readonly overdue: readonly T[];
  /** When time alone changes the answer next; undefined: never. */
  readonly nextAtMs: number | undefined;
}

export const isIdle = (turn: Turn, quietMs: number, nowMs: number): boolean => nowMs >= turn.lastMoveMs + quietMs;

/** Those that hold up nobody: they move nothing, or have had their time, whatever they show. */
export function passedBy<T extends Turn>({
  running,
  quietMs,
  nowMs,
}: Pick<LaneNow<T>, 'running' | 'quietMs' | 'nowMs'>): {
  readonly turns: ReadonlySet<T>;
  readonly nextAtMs: number;
} {
  const moving = running.filter((turn) => !isIdle(turn, quietMs, nowMs)).toSorted((a, b) => a.startedMs - b.startedMs);
  const aged = agedPlaces(
    moving.map(({ startedMs }) => nowMs - startedMs),
    quietMs,
  );
  const idle = running.filter((turn) => isIdle(turn, quietMs, nowMs));
  const nextIdleMs = moving.map(({ lastMoveMs }) => lastMoveMs + quietMs);
  return {
    turns: new Set([...idle, ...moving.slice(0, aged.places)]),
    nextAtMs: Math.min(nowMs + aged.inMs, ...nextIdleMs),
  };
}

export function decideLane<T extends Turn>({ running, quietMs, crawlsMs, most, nowMs }: LaneNow<T>): LaneDecision<T> {
  const { turns, nextAtMs } = passedBy({ running, quietMs, nowMs });
  const ahead = running
    .flatMap((turn) => [turn.lastSignMs + turn.patienceMs, ...crawlsMs.map((ms) => turn.lastMoveMs + ms)])
    .concat(nextAtMs)
    .filter((atMs) => atMs > nowMs && Number.isFinite(atMs));
  return {
    places: most + [...turns].filter(({ isQuick }) => !isQuick).length,
    overdue: running.filter((turn) => nowMs >= turn.lastSignMs + turn.patienceMs),
    nextAtMs: ahead.length === 0 ? undefined : Math.min(...ahead),
  };
}

/**
 * Fetches share a turn, each of another remote. So does a push with what a peer pushes here, of which one at a time runs:
 * two that push to each other would else wait for each other.
 */
export type Sharing = 'fetch' | 'push' | 'received';

const SHARES_WITH: Readonly<Record<Sharing, Sharing>> = { fetch: 'fetch', push: 'received', received: 'push' };

/** An operation, as far as it matters which others it may run beside. */
export interface Neighbour {
  /** At most one of a key waits; a later request takes its place in the queue. */
  readonly key: string;
  /** At most one operation with a remote runs. */
  readonly remote?: RemoteName;
  /** What it is, if it may share its turn with some others. */
  readonly shares?: Sharing;
}

export interface LaneQueue {
  readonly running: readonly (Turn & { readonly operation: Neighbour })[];
  /** Those whose turn came before, and that had to wait. */
  readonly steppedBack: readonly Neighbour[];
  readonly quietMs: number;
  readonly nowMs: number;
}

/** Whether an operation whose turn has come has to step back. What is passed by keeps only its own remote. */
export function hasToWait(operation: Neighbour, { running, steppedBack, quietMs, nowMs }: LaneQueue): boolean {
  const { turns } = passedBy({ running, quietMs, nowMs });
  const isBlocked = (one: Neighbour): boolean => running.some((turn) => areExclusive(turn.operation, one));
  const lively = running.filter((turn) => !turns.has(turn)).map((turn) => turn.operation);
  // Whoever stepped back is not overtaken time and again by those that may share.
  const next = steppedBack.filter((earlier) => !isBlocked(earlier));
  // Whom that push reaches may push here, and go on only when he has.
  const overtakes = operation.shares === 'received' && lively.some(({ shares }) => shares === 'push');
  const before = overtakes ? lively : [...lively, ...next];
  return isBlocked(operation) || before.some((other) => !mayShare(other, operation));
}

const mayShare = (one: Neighbour, other: Neighbour): boolean =>
  one.shares !== undefined && other.shares === SHARES_WITH[one.shares];

const areExclusive = (one: Neighbour, other: Neighbour): boolean =>
  one.key === other.key || (one.remote !== undefined && one.remote === other.remote);
