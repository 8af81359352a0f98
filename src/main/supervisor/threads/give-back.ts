// Owns: when the memory that starting and logging in took is given back, by this thread and by those of the links.
// Leaves: which threads those are (worker-pool.ts), and how (shared/system/collect-garbage.ts).
import v8 from 'node:v8';
import { collectGarbage } from '../../../shared/system/collect-garbage.ts';

/** The catch-up fetches that follow a login, one remote's after another's, are not to be slowed down. */
const QUIET_MS = 700;
/** One host that takes its time is not to keep the others. */
const LONGEST_WAIT_MS = 15_000;
/** Collecting costs each thread 20 to 30 ms. */
const AT_MOST_EVERY_MS = 60_000;

export interface GiveBack {
  /** A link is being opened; what is returned says how that ended, and whatever is said after that is not heard. */
  readonly opening: () => (how: 'connected' | 'ended') => void;
  /** Something uses the relay of a link: what is about to be given back can wait a moment more. */
  readonly busy: () => void;
  readonly close: () => void;
}

/** Calls `others`, and gives back what is this thread's, when links have connected and no more are about to. */
export function createGiveBack(others: () => void): GiveBack {
  // What V8 itself would do in each thread eight seconds later, in up to three rounds.
  if (process.features.inspector) v8.setFlagsFromString('--no-memory-reducer');
  const underWay = new Set<object>();
  /** When the first link connected since the last time. */
  let firstAtMs: number | undefined;
  let lastAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const giveBack = (): void => {
    firstAtMs = undefined;
    lastAtMs = performance.now();
    others();
    collectGarbage();
  };
  const plan = (): void => {
    clearTimeout(timer);
    if (closed || firstAtMs === undefined) return;
    const nowMs = performance.now();
    const latestAtMs = firstAtMs + LONGEST_WAIT_MS;
    const atMs = underWay.size > 0 ? latestAtMs : Math.min(nowMs + QUIET_MS, latestAtMs);
    timer = setTimeout(giveBack, Math.max(atMs, lastAtMs + AT_MOST_EVERY_MS) - nowMs).unref();
  };
  return {
    opening: () => {
      const link = {};
      underWay.add(link);
      plan();
      return (how) => {
        if (!underWay.delete(link)) return;
        if (how === 'connected') firstAtMs ??= performance.now();
        plan();
      };
    },
    busy: plan,
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
