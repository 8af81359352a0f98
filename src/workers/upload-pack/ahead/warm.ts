// Owns: the one upload-pack that waits for a fetch, and for how long; what it is asked meanwhile is good for one news.
// Leaves: starting it (upload-pack.ts), and asking it (ask.ts).

import type { AskableChannel } from './ask.ts';
import type { News } from './predict.ts';

export interface Prepared {
  /** Starts one, unless one waits. */
  readonly start: () => void;
  /**
   * Starts one, unless one waits, and asks it. One that was asked already is let go, as its answers are older than the
   * news; another takes its place that is not asked, so that many news before one fetch cost the server one pack.
   */
  readonly expect: (news: News) => void;
  /** The one that waits; undefined if there is none, or none but one that was asked because of news. */
  readonly take: (client: 'fetch' | 'fetch-after-news') => Promise<AskableChannel | undefined>;
  /** Nothing is started any more. */
  readonly close: () => void;
}

/** One that nobody came for is let go after this: it is a process on the server. */
const PREPARED_MS = 10_000;
/** So old may answers be when the fetch comes that the news brought about; it may have had to wait for its turn. */
const ASKED_MS = 3_000;

interface Waiting {
  /** undefined: it could not be started. */
  readonly channel: Promise<AskableChannel | undefined>;
  timer: NodeJS.Timeout;
  /** `pending`: when it is there, it is asked for this. `left`: whatever the news, git is to ask by itself. */
  news: 'none' | 'asked' | 'left' | { readonly pending: News };
}

export function createPrepared(open: () => Promise<AskableChannel>): Prepared {
  let closed = false;
  let waiting: Waiting | undefined;
  const takeAny = async (): Promise<AskableChannel | undefined> => {
    const taken = waiting;
    waiting = undefined;
    clearTimeout(taken?.timer);
    const channel = await taken?.channel;
    if (!channel?.over.aborted) return channel;
    channel.close();
    return undefined;
  };
  const letGo = (): void => void takeAny().then((channel) => channel?.close());
  const startOne = (): Waiting => {
    const channel = open().catch(() => undefined);
    const started: Waiting = { channel, timer: setTimeout(letGo, PREPARED_MS), news: 'none' };
    const goneAlready = (): void => {
      if (waiting === started) letGo();
    };
    void channel.then((opened) => opened?.over.addEventListener('abort', goneAlready, { once: true }));
    return started;
  };
  const start = (): Waiting | undefined => {
    if (closed) return undefined;
    // The connection may be full, or on its way down: then the fetch is served without.
    waiting ??= startOne();
    return waiting;
  };
  const ask = async (asked: Waiting): Promise<void> => {
    const channel = await asked.channel;
    if (typeof asked.news === 'string') return;
    const { pending } = asked.news;
    asked.news = 'asked';
    channel?.askAhead(pending);
    if (waiting !== asked) return;
    clearTimeout(asked.timer);
    asked.timer = setTimeout(letGo, ASKED_MS);
  };
  return {
    start,
    expect: (news) => {
      const isLate = waiting?.news === 'asked';
      if (isLate) letGo();
      const next = start();
      if (next === undefined || next.news === 'left') return;
      if (isLate) {
        next.news = 'left';
        return;
      }
      next.news = { pending: typeof next.news === 'string' ? news : joined(next.news.pending, news) };
      void ask(next);
    },
    take: async (client) => {
      if (client === 'fetch-after-news' || waiting?.news === 'none' || waiting?.news === 'left') return takeAny();
      letGo();
      return undefined;
    },
    close: () => {
      closed = true;
      letGo();
    },
  };
}

const joined = (one: News, other: News): News => ({
  tips: [...new Set([...one.tips, ...other.tips])],
  ...(one.refs && other.refs && { refs: [...one.refs, ...other.refs] }),
});
