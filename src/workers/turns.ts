// Owns: waiting for a turn of those that main gives to the links of all threads.
// Leaves: how many have one at once (main/supervisor/link/gates.ts), and what is done with it (refs/, ssh/).
import type { Gate, TurnReport } from '../shared/thread-messages.ts';
import { unlessAborted } from '../shared/timing/wait.ts';
import type { TakeTurn } from './transport.ts';

export interface Turns {
  readonly take: TakeTurn;
  /** Main says whose turn it is. */
  readonly given: (turn: number) => void;
}

/** Does it in a turn of its own, which is over when it has settled. */
export async function inTurn<T>(
  takeTurn: TakeTurn,
  gate: Gate,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const giveUp = await takeTurn(gate, signal);
  return work().finally(giveUp);
}

export function createTurns(tell: (report: TurnReport) => void): Turns {
  const waiting = new Map<number, () => void>();
  let last = 0;
  return {
    take: async (gate, signal) => {
      last += 1;
      // By number: one that comes when nobody waits for it any more is not taken for the next.
      const turn = last;
      const giveUp = (): void => tell({ kind: 'turn-over', turn });
      const given = new Promise<void>((resolve) => waiting.set(turn, resolve));
      tell({ kind: 'wants-turn', turn, gate });
      try {
        await unlessAborted(given, signal);
      } catch (error) {
        giveUp();
        throw error;
      } finally {
        waiting.delete(turn);
      }
      return giveUp;
    },
    given: (turn) => waiting.get(turn)?.(),
  };
}
