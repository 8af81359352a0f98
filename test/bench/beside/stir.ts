// Owns: a remote's life while the daemon is watched: some moves, then a wait until the last of them is here, again and again.
// Leaves: the moves (restless-remote.ts), and the user who fetches meanwhile (busy-user.ts).
import { setTimeout as wait } from 'node:timers/promises';
import type { FetchGate } from './fetch-gate.ts';
import type { RestlessRemote } from './restless-remote.ts';

export interface Stirring {
  readonly remote: RestlessRemote;
  readonly gate: FetchGate;
  /** Whether all that moved on the remote came here. */
  readonly came: () => Promise<boolean>;
  readonly tally: Tally;
}

export interface Tally {
  moves: number;
  /** Times that somebody looked whether all had come. */
  checks: number;
  /** Of these, times that it had not. */
  lost: number;
  /** From the last move until all had come, each time that it did. */
  readonly cameMs: number[];
}

const MOST_MOVES = 4;
const LONGEST_PAUSE_MS = 60;

/**
 * A fetch of the user's would hide that the daemon lost a change. So none begins from the last move on until that is
 * here; one that had begun before runs on, and meets the daemon's.
 */
export async function stir({ remote, gate, came, tally }: Stirring, ending: AbortSignal): Promise<void> {
  while (!ending.aborted) {
    const moves = 1 + Math.floor(Math.random() * MOST_MOVES);
    for (let left = moves - 1; left > 0; left -= 1) {
      await remote.move(false);
      await wait(Math.random() * LONGEST_PAUSE_MS);
    }
    tally.moves += moves;
    await gate.close(remote.name);
    try {
      await remote.move(true);
      await check({ remote, came, tally });
    } finally {
      gate.reopen(remote.name);
    }
  }
}

async function check({ remote, came, tally }: Omit<Stirring, 'gate'>): Promise<void> {
  tally.checks += 1;
  const movedAtMs = performance.now();
  if (await came()) {
    tally.cameMs.push(performance.now() - movedAtMs);
    remote.arrived();
  } else tally.lost += 1;
}
