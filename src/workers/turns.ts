// Owns: waiting for a turn of those that main gives to the links of all threads.
// Leaves: how many have one at once (main/supervisor/link/gates.ts), and what is done with it (refs/, ssh/).
import { type Denial, type LoginOutcome, outcomeOfFailure } from '../shared/account.ts';
import { DaemonError } from '../shared/failures.ts';
import type { Gate, TurnReport } from '../shared/thread-messages.ts';
import { unlessAborted } from '../shared/timing/wait.ts';
import type { TakeTurn } from './transport.ts';

export interface Turns {
  readonly take: TakeTurn;
  /** Main says whose turn it is, or why that one has none. */
  readonly given: (turn: number, denial?: Denial) => void;
}

/** Does it in a turn of its own, which is over when it has settled. Where that is one of a login, what it came to is told. */
export async function inTurn<T>(
  takeTurn: TakeTurn,
  gate: Gate,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const giveUp = await takeTurn(gate, signal).catch((error: unknown) => {
    throw failureOfDenial(error);
  });
  let outcome: LoginOutcome | undefined;
  try {
    const done = await work();
    outcome = { kind: 'let-in' };
    return done;
  } catch (error) {
    outcome = outcomeOfFailure(error);
    throw error;
  } finally {
    giveUp('login' in gate && gate.login ? outcome : undefined);
  }
}

/** What a turn that is denied is thrown as. */
export class TurnDenied extends Error {
  override readonly name = 'TurnDenied';
  readonly denial: Denial;

  constructor(denial: Denial) {
    super(denial.kind);
    this.denial = denial;
  }
}

/** The same for those to whom only a refusal can be said. */
export function failureOfDenial(error: unknown): unknown {
  if (!(error instanceof TurnDenied) || error.denial.kind !== 'refused') return error;
  const { code, detail } = error.denial.failure;
  return new DaemonError(code, detail, { cause: error });
}

export function createTurns(tell: (report: TurnReport) => void): Turns {
  const waiting = new Map<number, (denial?: Denial) => void>();
  let last = 0;
  return {
    take: async (gate, signal) => {
      last += 1;
      // By number: one that comes when nobody waits for it any more is not taken for the next.
      const turn = last;
      const giveUp = (outcome?: LoginOutcome): void => tell({ kind: 'turn-over', turn, ...(outcome && { outcome }) });
      const given = new Promise<void>((resolve, reject) =>
        waiting.set(turn, (denial) => (denial ? reject(new TurnDenied(denial)) : resolve())),
      );
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
    given: (turn, denial) => waiting.get(turn)?.(denial),
  };
}
