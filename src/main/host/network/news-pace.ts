// Owns: how often it is told that the network is another: at once, and where it never comes to rest, now and then.
// Leaves: what is new (network.ts), and what is done about it (supervisor).
import { type Allowance, createTokenBucket } from '../../../shared/timing/token-bucket.ts';
import type { NetworkNews } from './network.ts';

/**
 * Each has every remote asked, and begins logins anew. A network that comes up does so in some steps; one that changes all
 * the time, as by containers that come and go, is not to keep a server busy, nor a login from its end.
 */
const ALLOWED: Allowance = { most: 6, perMs: 1 / 15_000 };

export interface NewsPaceTools {
  readonly tell: (news: NetworkNews) => void;
  readonly nowMs: () => number;
  /** Calls back after a time; what it returns cancels that. */
  readonly setTimer: (callBack: () => void, ms: number) => () => void;
}

export interface NewsPace {
  readonly hear: (news: NetworkNews) => void;
  readonly close: () => void;
}

/** What is told late is told as one. */
export function createNewsPace({ tell, nowMs, setTimer }: NewsPaceTools): NewsPace {
  const allowed = createTokenBucket(ALLOWED, nowMs);
  let late: { readonly news: NetworkNews; readonly cancel: () => void } | undefined;
  const tellLate = (): void => {
    const news = late?.news;
    late = undefined;
    allowed.spend(1);
    if (news) tell(news);
  };
  return {
    hear: (news) => {
      if (late) late = { ...late, news: both(late.news, news) };
      else if (allowed.take(1)) tell(news);
      else late = { news, cancel: setTimer(tellLate, allowed.waitMs(1)) };
    },
    close: () => {
      late?.cancel();
      late = undefined;
    },
  };
}

const both = (earlier: NetworkNews, { came, lost }: NetworkNews): NetworkNews => ({
  came: earlier.came || came,
  lost: earlier.lost || lost,
  why: 'the network changes again and again',
});
