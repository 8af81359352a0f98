// Owns: what one link may tell main: its one budget for all that a stranger causes, of lines and of news.
// Leaves: what is told (the transports, refs/compare.ts), and the port (connection-loop.ts).
import { printable } from '../shared/printable.ts';
import { gatherMovedRefs } from '../shared/refs/moved-refs.ts';
import type { Ending, News, Report } from '../shared/thread-messages.ts';
import { createLineBudget, leftOutText } from '../shared/timing/line-budget.ts';
import { type Allowance, createTokenBucket } from '../shared/timing/token-bucket.ts';

export interface Outbox {
  /** All words in it are made fit to be shown. What does not fit into the budget is told later, or counted. */
  readonly report: (report: Report) => void;
  /** Main has taken the news that were sent last. */
  readonly taken: () => void;
  /** Sends what is left; nothing is sent later than that. */
  readonly close: () => void;
}

/** For the log: odd lines, banners, complaints, failures that end nothing. 20 at once, 20 a minute. */
const LINES: Allowance = { most: 20, perMs: 20 / 60_000 };
const LEFT_OUT_MS = 30_000;
/** News, which may cost main a fetch: 50 at once, 10 a second. All that come in between are one. */
const NEWS: Allowance = { most: 50, perMs: 10 / 1_000 };

export function createOutbox(post: (report: Report) => void, nowMs = (): number => performance.now()): Outbox {
  const lines = createLineBudget({
    allowance: LINES,
    tell: (leftOut) => post({ kind: 'log', text: leftOutText(leftOut) }),
    tellAfterMs: LEFT_OUT_MS,
    nowMs,
  });
  const news = createNews(post, nowMs);
  return {
    report: (report) => {
      switch (report.kind) {
        case 'log':
          return lines.say(1, () => post({ kind: 'log', text: printable(report.text) }));
        case 'moved':
        case 'unsure':
          return news.add(report);
        case 'connected':
          return post({ ...report, how: printable(report.how) });
        case 'ended':
          return post({ ...report, ending: printableEnding(report.ending) });
        default:
          return post(report);
      }
    },
    taken: news.taken,
    close: () => {
      lines.close();
      news.close();
    },
  };
}

const printableEnding = (ending: Ending): Ending =>
  ending.kind === 'closed'
    ? ending
    : { ...ending, failure: { ...ending.failure, detail: printable(ending.failure.detail) } };

interface NewsQueue {
  readonly add: (news: News) => void;
  readonly taken: () => void;
  readonly close: () => void;
}

/** One message is under way at most, so that a main thread that is busy finds one of each link, and not a thousand. */
function createNews(post: (report: News) => void, nowMs: () => number): NewsQueue {
  const bucket = createTokenBucket(NEWS, nowMs);
  const moved = gatherMovedRefs();
  const waiting = { moved: false, unsure: false };
  let isUnderWay = false;
  let timer: NodeJS.Timeout | undefined;

  const next = (): News | undefined => {
    if (waiting.moved) {
      waiting.moved = false;
      return { kind: 'moved', ...moved.take() };
    }
    const isUnsure = waiting.unsure;
    waiting.unsure = false;
    return isUnsure ? { kind: 'unsure' } : undefined;
  };
  const send = (): void => {
    if (isUnderWay || timer !== undefined || !(waiting.moved || waiting.unsure)) return;
    if (!bucket.take(1)) {
      timer = setTimeout(() => {
        timer = undefined;
        send();
      }, bucket.waitMs(1));
      return;
    }
    const news = next();
    isUnderWay = news !== undefined;
    if (news) post(news);
  };
  return {
    add: (news) => {
      waiting[news.kind] = true;
      if (news.kind === 'moved' && news.refs === undefined) moved.addUnnamed();
      if (news.kind === 'moved') for (const move of news.refs ?? []) moved.add(move);
      send();
    },
    taken: () => {
      isUnderWay = false;
      send();
    },
    close: () => {
      clearTimeout(timer);
      for (let news = next(); news; news = next()) post(news);
    },
  };
}
