// Owns: the turns that one link has, or waits for.
// Leaves: how many there are (gates.ts), and asking for them (workers/turns.ts).
import type { TurnReport } from '../../../shared/thread-messages.ts';
import type { Gates } from './gates.ts';

export interface LinkTurns {
  readonly onReport: (report: TurnReport) => void;
  /** The link is gone: all its turns are over, however its thread ended. */
  readonly end: () => void;
}

export function createLinkTurns(gates: Gates, give: (turn: number) => void): LinkTurns {
  const giveUp = new Map<number, () => void>();
  return {
    onReport: (report) => {
      const { turn } = report;
      if (report.kind === 'wants-turn')
        giveUp.set(
          turn,
          gates.take(report.gate, () => give(turn)),
        );
      else giveUp.get(turn)?.();
      if (report.kind === 'turn-over') giveUp.delete(turn);
    },
    end: () => {
      for (const each of giveUp.values()) each();
      giveUp.clear();
    },
  };
}
