// Owns: the accounts that are logged in to: who waits for whom, and what became of each.
// Leaves: the decisions (account-verdicts.ts), how many log in to one server at once (gates.ts), what is done about a refusal (remote/).
import type { Account, Clues, Denial, LoggedInBy, LoginOutcome } from '../../../shared/account.ts';
import type { RemoteName } from '../../../shared/remote.ts';
import {
  type Asking,
  type Awakening,
  admit,
  againAtMsOf,
  awakened,
  concluded,
  type Standing,
  UNKNOWN,
} from './account-verdicts.ts';

export interface LoginWish {
  readonly account: Account;
  readonly remote: RemoteName;
  readonly by: LoggedInBy;
  /** It can wait for another to find out for all. */
  readonly waits: boolean;
}

export interface Accounts {
  /**
   * Calls `answer` once, maybe at once: log in now, or why not. The returned function says that the login, or the wait
   * for it, is over, and what it came to where that is known of the account.
   */
  readonly take: (wish: LoginWish, answer: (denial?: Denial) => void) => (outcome?: LoginOutcome) => void;
  /** A login that nobody asked for here has come to this. */
  readonly note: (wish: LoginWish, outcome: LoginOutcome) => void;
  /** When a refused account is tried again; undefined: it is not refused. */
  readonly againAtMs: (account: Account) => number | undefined;
  /** Whoever was refused may be tried again sooner. */
  readonly awaken: (why: Awakening) => void;
  /** Of all that are refused now. */
  readonly clues: () => readonly Clues[];
}

interface Entry {
  standing: Standing;
  clues: Clues;
  /** Who finds out for all. */
  tried: Waiter | undefined;
  readonly waiting: Set<Waiter>;
}

interface Waiter {
  readonly wish: LoginWish;
  readonly answer: (denial?: Denial) => void;
}

/** `onTry` is told when somebody begins to find out for all. */
export function createAccounts(nowMs: () => number, onTry: (clues: Clues) => void = () => undefined): Accounts {
  const entries = new Map<string, Entry>();
  const entryOf = ({ key, clues }: Account): Entry => {
    const entry = entries.get(key) ?? { standing: UNKNOWN, clues, tried: undefined, waiting: new Set() };
    entry.clues = clues;
    entries.set(key, entry);
    return entry;
  };
  const conclude = (entry: Entry, wish: LoginWish, outcome: LoginOutcome | undefined): void => {
    if (outcome) entry.standing = concluded(entry.standing, askingOf(wish), outcome, nowMs());
    settle(entry);
    const isForgotten = entry.standing.kind === 'unknown' && entry.waiting.size === 0 && entry.tried === undefined;
    if (isForgotten && entries.get(wish.account.key) === entry) entries.delete(wish.account.key);
  };
  const settle = (entry: Entry): void => {
    for (const waiter of [...entry.waiting]) {
      const admission = admit(entry.standing, askingOf(waiter.wish), entry.tried !== undefined, nowMs());
      if (admission.kind === 'wait') continue;
      entry.waiting.delete(waiter);
      if (admission.kind === 'go' && entry.tried === undefined) {
        entry.tried = waiter;
        onTry(entry.clues);
      }
      waiter.answer(admission.kind === 'denied' ? admission.denial : undefined);
    }
  };
  return {
    take: (wish, answer) => {
      const entry = entryOf(wish.account);
      const waiter: Waiter = { wish, answer };
      entry.waiting.add(waiter);
      settle(entry);
      let isOver = false;
      return (outcome) => {
        if (isOver) return;
        isOver = true;
        const waited = entry.waiting.delete(waiter);
        if (entry.tried === waiter) entry.tried = undefined;
        conclude(entry, wish, waited ? undefined : outcome);
      };
    },
    note: (wish, outcome) => conclude(entryOf(wish.account), wish, outcome),
    againAtMs: ({ key }) => againAtMsOf(entries.get(key)?.standing ?? UNKNOWN),
    awaken: (why) => {
      for (const entry of entries.values()) {
        entry.standing = awakened(entry.standing, why, nowMs());
        settle(entry);
      }
    },
    clues: () => [...entries.values()].flatMap(({ standing, clues }) => (standing.kind === 'refused' ? clues : [])),
  };
}

const askingOf = ({ account, ...wish }: LoginWish): Asking => ({ ...wish, isOpenToAll: account.isOpenToAll === true });
