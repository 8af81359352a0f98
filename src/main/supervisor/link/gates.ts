// Owns: how many of a kind may run at once, over all remotes: logins, and processes that poll.
// Leaves: what a login is (link.ts), and who asks for turns to poll (workers/turns.ts).
import { availableParallelism } from 'node:os';

/** OpenSSH's MaxStartups begins to refuse at 10 (sshd_config(5)). */
export const MOST_LOGINS = 8;
/** They mostly wait for a server, but each begins and ends with work of its own. */
export const MOST_POLLS = 2 * availableParallelism();

export interface Slots {
  /** Calls `begin` when it is this one's turn, maybe at once; the returned function gives the place up, or the wait. */
  readonly take: (begin: () => void) => () => void;
}

export const createLoginSlots = (most: number = MOST_LOGINS): Slots => createSlots(most);
export const createPollSlots = (most: number = MOST_POLLS): Slots => createSlots(most);

function createSlots(most: number): Slots {
  const waiting = new Set<() => void>();
  let running = 0;
  const beginNext = (): void => {
    for (const begin of waiting) {
      if (running >= most) return;
      waiting.delete(begin);
      running += 1;
      begin();
    }
  };
  return {
    take: (begin) => {
      let begun = false;
      let given = false;
      const turn = (): void => {
        begun = true;
        begin();
      };
      waiting.add(turn);
      beginNext();
      return () => {
        if (given) return;
        given = true;
        if (!begun) waiting.delete(turn);
        else running -= 1;
        beginNext();
      };
    },
  };
}
