// Owns: the one upload-pack that waits for a fetch, and for how long; what it is asked meanwhile is good for one news.
// Leaves: starting it (ahead.ts), and asking it (ask.ts).
import type { AskableChannel } from './ask.ts';
import type { News } from './predict.ts';

export interface Prepared {
  /** Starts one, unless one waits. */
  readonly start: () => void;
  /**
   * Starts one, unless one waits, and asks it. One that was asked already is closed, as its answers are older than the
   * news; another takes its place that is not asked, so that many news before one fetch cost the server one pack.
   */
  readonly expect: (news: News) => void;
  /**
   * The one that waits; undefined if there is none that is sound, or none but one that was asked because of news. After one that was
   * late nothing is started any more.
   */
  readonly take: (client: 'fetch' | 'fetch-after-news') => Promise<AskableChannel | undefined>;
  /** Nothing is started any more. */
  readonly close: () => void;
}

/** One that nobody came for is closed after this: it is a process on the server. */
const PREPARED_MS = 10_000;
/** So late may the fetch come that the news brought about, as it may have to wait for its turn; its listing is then anew. */
const ASKED_MS = 3_000;

/** What the one that waits knows of the news. */
export type Asked =
  | { readonly kind: 'nothing' }
  /** It is asked for this as soon as it is there. */
  | { readonly kind: 'soon'; readonly news: News }
  | { readonly kind: 'asked' }
  /** It took the place of one that was asked: whatever the news, git is to ask by itself. */
  | { readonly kind: 'never' };

interface Waiting {
  readonly kind: 'waiting';
  /** undefined: it could not be started. */
  readonly channel: Promise<AskableChannel | undefined>;
  asked: Asked;
  timer: NodeJS.Timeout;
}

/** The place of the one that waits. */
type Place = { readonly kind: 'empty' } | Waiting | { readonly kind: 'closed' };

export function createPrepared(open: () => Promise<AskableChannel>): Prepared {
  let place: Place = { kind: 'empty' };
  /** Its place is free then. */
  const takeAny = async (): Promise<AskableChannel | undefined> => {
    if (place.kind !== 'waiting') return undefined;
    const { channel, timer } = place;
    place = { kind: 'empty' };
    clearTimeout(timer);
    const opened = await channel;
    if (!opened?.over.aborted) return opened;
    opened.close();
    return undefined;
  };
  const release = (): void => void takeAny().then((channel) => channel?.close());
  const startOne = (asked: Asked): Waiting => {
    // The connection may be full, or on its way down: then the fetch is served without.
    const channel = open().catch(() => undefined);
    const started: Waiting = { kind: 'waiting', channel, asked, timer: setTimeout(release, PREPARED_MS) };
    const goneAlready = (): void => {
      if (place === started) release();
    };
    void channel.then((opened) => opened?.over.addEventListener('abort', goneAlready, { once: true }));
    return started;
  };
  const ask = async (waiting: Waiting): Promise<void> => {
    const channel = await waiting.channel;
    if (waiting.asked.kind !== 'soon') return;
    const { news } = waiting.asked;
    waiting.asked = { kind: 'asked' };
    channel?.askAhead(news);
    if (place !== waiting) return;
    clearTimeout(waiting.timer);
    waiting.timer = setTimeout(release, ASKED_MS);
  };
  const close = (): void => {
    release();
    place = { kind: 'closed' };
  };
  return {
    start: () => {
      if (place.kind === 'empty') place = startOne({ kind: 'nothing' });
    },
    expect: (news) => {
      if (place.kind === 'closed') return;
      const asked = afterNews(place.kind === 'waiting' ? place.asked : { kind: 'nothing' }, news);
      if (place.kind === 'waiting' && place.asked.kind === 'asked') release();
      if (place.kind === 'waiting') place.asked = asked;
      else place = startOne(asked);
      if (asked.kind === 'soon') void ask(place);
    },
    take: async (client) => {
      if (place.kind === 'waiting' && !isGoodFor(client, place.asked)) release();
      const channel = await takeAny();
      if (channel === undefined) return undefined;
      const soundness = await channel.soundness();
      if (soundness === 'sound') return channel;
      channel.close();
      // Where listing takes so long each fetch would wait for one in vain, and the server work twice.
      if (soundness === 'late') close();
      return undefined;
    },
    close,
  };
}

/** News beyond this, gathered while one is being opened, are too much to ask for one pack. */
const MOST_TIPS = 200;

/** What the one that is to wait is asked, after news that come when one waits that was asked so. */
export function afterNews(asked: Asked, news: News): Asked {
  if (news.isLate) return { kind: 'never' };
  switch (asked.kind) {
    case 'nothing':
      return { kind: 'soon', news };
    case 'soon':
      // It stands for all that follow, so that a thousand of them cost no more than ten.
      if (asked.news.tips.length + news.tips.length > MOST_TIPS) return { kind: 'never' };
      return { kind: 'soon', news: joined(asked.news, news) };
    case 'asked':
    case 'never':
      return { kind: 'never' };
    default:
      return asked satisfies never;
  }
}

/** Its answers are good for the fetch that the news bring about, and no other. */
export const isGoodFor = (client: 'fetch' | 'fetch-after-news', { kind }: Asked): boolean =>
  client === 'fetch-after-news' || kind === 'nothing' || kind === 'never';

const joined = (one: News, other: News): News => ({
  tips: [...new Set([...one.tips, ...other.tips])],
  ...(one.refs && other.refs && { refs: [...new Set([...one.refs, ...other.refs])] }),
});
