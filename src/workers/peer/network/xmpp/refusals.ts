// Owns: that a server is not asked again and again, by each link of a thread, whether it takes a password that it refused.
// Leaves: when each link tries again (main), and logging in (session.ts).
import { DaemonError } from '../../../../shared/failures.ts';

/** Servers lock accounts for which a wrong password comes too often. */
const REFUSED_MS = 60_000;

export interface Refusals {
  /** Throws the last refusal without another login where that was just now. `login`: the account, password and all. */
  readonly respected: <T>(login: string, work: () => Promise<T>) => Promise<T>;
}

export function createRefusals(nowMs: () => number): Refusals {
  const refused = new Map<string, { readonly why: DaemonError; readonly untilMs: number }>();
  return {
    respected: async (login, work) => {
      for (const [each, { untilMs }] of refused) if (nowMs() >= untilMs) refused.delete(each);
      const before = refused.get(login);
      if (before) throw before.why;
      try {
        return await work();
      } catch (error) {
        if (error instanceof DaemonError && error.code === 'auth-refused')
          refused.set(login, { why: error, untilMs: nowMs() + REFUSED_MS });
        throw error;
      }
    },
  };
}
