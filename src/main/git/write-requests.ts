// Owns: turns in the lane for others who write to this repository: pushes of peers, whose git a worker runs.
// Leaves: the lane (git-lane.ts), and what is said to whoever pushes (main/serve/pushes.ts).
import type { Lane } from './git-lane.ts';
import type { Outcome, RunningOperation } from './operation.ts';

/** One turn: `begin` and then `done`, or `forgotten` alone. */
export interface WriteTurn {
  /** What it is known by, of it alone. */
  readonly key: string;
  /** It is its turn. What is returned settles when nothing of it writes here any more. */
  readonly begin: () => RunningOperation;
  readonly done: (outcome: Outcome) => void;
  readonly forgotten: () => void;
}

export interface WriteRequests {
  readonly requestWrite: (turn: WriteTurn) => void;
  /** What waits by that key waits no more; it is told that it was forgotten. */
  readonly withdrawWrite: (key: string) => void;
}

/** `written`: somebody may have written here, and does so no more. */
export function createWriteRequests(lane: Lane, written: (outcome: Outcome) => void): WriteRequests {
  return {
    requestWrite: ({ key, begin, done, forgotten }) =>
      lane.request({
        key: keyOf(key),
        shares: 'received',
        start: begin,
        onStart: () => undefined,
        onForgotten: forgotten,
        onDone: (outcome) => {
          written(outcome);
          done(outcome);
        },
      }),
    withdrawWrite: (key) => lane.clearWaiting((operation) => operation.key === keyOf(key)),
  };
}

const keyOf = (key: string): string => `receive ${key}`;
