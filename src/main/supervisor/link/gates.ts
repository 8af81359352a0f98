// Owns: how many logins may run at once.
// Leaves: what a login is (remote/remote.ts).

/** Over all remotes: OpenSSH's MaxStartups begins to refuse at 10 (sshd_config(5)). */
export const MOST_LOGINS = 8;

export interface LoginSlots {
  /** Calls `begin` when it is this one's turn, maybe at once; the returned function gives the place up, or the wait. */
  readonly take: (begin: () => void) => () => void;
}

export function createLoginSlots(most: number = MOST_LOGINS): LoginSlots {
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
