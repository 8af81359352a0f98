// Owns: the turns to poll that one link has, or waits for.
// Leaves: how many there are (gates.ts), and asking for them (workers/turns.ts).
import type { TurnReport } from '../../../shared/thread-messages.ts';
import type { Slots } from './gates.ts';

export interface PollTurns {
  readonly onReport: (report: TurnReport) => void;
  /** The link is gone: all its turns are over, however its thread ended. */
  readonly end: () => void;
}

export function createPollTurns(polls: Slots, give: (turn: number) => void): PollTurns {
  const giveUp = new Map<number, () => void>();
  return {
    onReport: ({ kind, turn }) => {
      if (kind === 'wants-turn')
        giveUp.set(
          turn,
          polls.take(() => give(turn)),
        );
      else giveUp.get(turn)?.();
      if (kind === 'turn-over') giveUp.delete(turn);
    },
    end: () => {
      for (const each of giveUp.values()) each();
      giveUp.clear();
    },
  };
}
