// Owns: whose turn it is among the git operations of one repository. The only p-queue.
// Leaves: the operations (fetch.ts, push.ts, maintenance.ts), one while it has its turn (lane-turn.ts), retries (supervisor).
import PQueue from 'p-queue';
import type { Failure } from '../../shared/failures.ts';
import type { RemoteName } from '../../shared/remote.ts';
import { timerMs } from '../../shared/timing/timer-ms.ts';
import { decideLane, hasToWait, isIdle, type LaneDecision } from './lane-decision.ts';
import {
  beginTurn,
  type Crawl,
  endFor,
  type LaneTurn,
  type Operation,
  outcomeOf,
  receivedBytes,
  sawSign,
  tellPace,
} from './lane-turn.ts';
import { NO_WORK, type Outcome } from './operation.ts';
import type { Shown } from './progress.ts';

/** One that has moved next to nothing for so long is shown as such. */
const CRAWL_MS = 30_000;
/** And is worth a word: a slow server may well count its objects for less. */
const LONG_CRAWL_MS = 120_000;

/** What turns out to take longer after all is beside the others all the same. */
const MOST_QUICK = 20;

export interface LaneTools {
  /** How many may share a turn. */
  readonly most: number;
  /** As in LaneNow: then an operation lets the next one start beside it. */
  readonly quietMs: number;
  /** Without a sign for so long, an operation is ended; asked when it starts. */
  readonly timeoutMs: () => number;
  readonly nowMs: () => number;
  /** Calls back after a time; what it returns cancels that. */
  readonly setTimer: (callBack: () => void, ms: number) => () => void;
}

/** Which operations are meant; without one, all are. */
export type Choice = (operation: Operation) => boolean;

export interface Lane {
  readonly request: (operation: Operation) => void;
  /** Forgets what waits. */
  readonly clearWaiting: (isMeant?: Choice) => void;
  /** Ends what runs, and returns when it is gone and `onDone` was called. `graceMs`: as in GitProcess. */
  readonly endRunning: (isMeant?: Choice, graceMs?: number) => Promise<void>;
  /** Ends what runs as a failure. */
  readonly failRunning: (isMeant: Choice, why: Failure) => void;
  /** Settles when nothing runs or waits. */
  readonly whenIdle: () => Promise<void>;
  readonly isIdle: () => boolean;
  /** A sign of life of the operation with that remote that does not show at git: so many bytes came through the relay. */
  readonly activity: (remote: RemoteName, bytes: number) => void;
}

/** Real time for LaneTools; monotonic, so that a clock that is set ends nothing. */
export const REAL_TIME: Pick<LaneTools, 'nowMs' | 'setTimer'> = {
  nowMs: () => performance.now(),
  setTimer: (callBack, ms) => {
    // One that is cut short asks again early, which is harmless.
    const timer = setTimeout(callBack, timerMs(ms));
    return () => clearTimeout(timer);
  },
};

export function createLane({ most, quietMs, timeoutMs, nowMs, setTimer }: LaneTools): Lane {
  const queue = new PQueue({ concurrency: most });
  /** Each key in here has one task in the queue, or is in steppedBack. */
  const waiting = new Map<string, Operation>();
  /** Keys that came up beside another operation with which they may not share. */
  const steppedBack = new Set<string>();
  /** Each with a promise that settles after `onDone`. */
  const running = new Map<LaneTurn, Promise<void>>();
  let cancelTimer: (() => void) | undefined;

  const decide = (): LaneDecision<LaneTurn> =>
    decideLane({ running: [...running.keys()], quietMs, crawlsMs: [CRAWL_MS, LONG_CRAWL_MS], most, nowMs: nowMs() });
  const look = (): void => {
    const { overdue, nextAtMs } = decide();
    cancelTimer?.();
    cancelTimer = nextAtMs === undefined ? undefined : setTimer(look, nextAtMs - nowMs());
    for (const turn of overdue) endFor(turn, silent(turn));
    for (const turn of running.keys()) tellPace(turn, crawlOf(turn, nowMs()), nowMs());
    // Those that stepped back come up in their order, before those that came later.
    const again = [...steppedBack];
    steppedBack.clear();
    for (const key of again) enqueue(key, FIRST);
    // Decided anew: one that came up may have started at once. So may another by this, which then looks again.
    const { places } = decide();
    if (queue.concurrency !== places) queue.concurrency = places;
  };
  const onShown = (turn: LaneTurn, shown: Shown, by: 'git' | 'relay'): void => {
    const wasIdle = isIdle(turn, quietMs, nowMs());
    sawSign(turn, shown, by, nowMs());
    const mostBytes = turn.operation.mostBytes?.();
    if (mostBytes !== undefined && receivedBytes(turn) > mostBytes) endFor(turn, tooBig(mostBytes));
    tellPace(turn, isIdle(turn, quietMs, nowMs()) ? turn.toldPace.crawls : 'no', nowMs());
    // While it is not idle the timer may come early: it looks again then.
    if (wasIdle && !isIdle(turn, quietMs, nowMs())) look();
  };

  const takeTurn = async (key: string): Promise<void> => {
    const operation = waiting.get(key);
    if (operation === undefined) return;
    if (mustWait(operation)) steppedBack.add(key);
    else await run(operation, false);
  };
  const mustWait = (operation: Operation): boolean => {
    const before = [...steppedBack].flatMap((key) => (key === operation.key ? [] : (waiting.get(key) ?? [])));
    return hasToWait(operation, { running: [...running.keys()], steppedBack: before, quietMs, nowMs: nowMs() });
  };
  /** Those that wait for a place and need none by now. */
  const startQuick = (): void => {
    for (const operation of waiting.values()) {
      const quick = [...running.keys()].filter(({ isQuick }) => isQuick);
      if (quick.length >= MOST_QUICK) return;
      // What is in the queue finds nothing of its key when its turn comes.
      if (operation.isQuick?.() && !mustWait(operation)) void run(operation, true);
    }
  };
  const run = async (operation: Operation, isQuick: boolean): Promise<void> => {
    waiting.delete(operation.key);
    steppedBack.delete(operation.key);
    const turn = beginTurn(operation, isQuick, timeoutMs(), nowMs());
    operation.onStart();
    const over = conclude(
      turn,
      outcomeOf(turn, (shown) => onShown(turn, shown, 'git')),
    );
    running.set(turn, over);
    look();
    await over;
  };
  const conclude = async (turn: LaneTurn, outcome: Promise<Outcome>): Promise<void> => {
    const how = await outcome;
    running.delete(turn);
    try {
      turn.operation.onDone(how, turn.process?.work?.() ?? NO_WORK);
    } finally {
      look();
      startQuick();
    }
  };
  // Never at once: whoever asks may be in the middle of hearing how his last one ended.
  const takeTurnLater = (key: string): Promise<void> => Promise.resolve().then(() => takeTurn(key));
  // What onStart or onDone throws is a bug of theirs: it comes up as an unhandled rejection, with its stack.
  const enqueue = (key: string, priority?: number): void =>
    void queue.add(() => takeTurnLater(key), { ...(priority !== undefined && { priority }) });

  return {
    request: (operation) => {
      const joins = waiting.has(operation.key);
      waiting.set(operation.key, operation);
      if (!joins) enqueue(operation.key);
      // Never at once, as above.
      if (operation.isQuick) queueMicrotask(startQuick);
    },
    clearWaiting: (isMeant = all) => {
      // What is in the queue finds nothing of its key when its turn comes.
      for (const [key, operation] of waiting) {
        if (!isMeant(operation)) continue;
        waiting.delete(key);
        steppedBack.delete(key);
        operation.onForgotten?.();
      }
    },
    endRunning: async (isMeant = all, graceMs) => {
      const meant = [...running].filter(([turn]) => isMeant(turn.operation));
      await Promise.all(meant.map(([turn, over]) => Promise.all([turn.process?.end(graceMs), over])));
    },
    whenIdle: async () => {
      await queue.onIdle();
      await Promise.all(running.values());
    },
    isIdle: () => running.size === 0 && waiting.size === 0,
    failRunning: (isMeant, why) => {
      for (const turn of running.keys()) if (isMeant(turn.operation)) endFor(turn, why);
    },
    activity: (remote, bytes) => {
      for (const turn of running.keys())
        if (turn.operation.remote === remote) onShown(turn, { bytes, works: false }, 'relay');
    },
  };
}

function crawlOf(turn: LaneTurn, nowMs: number): Crawl {
  if (isIdle(turn, LONG_CRAWL_MS, nowMs)) return 'long';
  return isIdle(turn, CRAWL_MS, nowMs) ? 'a-while' : 'no';
}

const all: Choice = () => true;

/** The queue's usual priority is 0. */
const FIRST = 1;

const silent = ({ patienceMs }: LaneTurn): Failure => ({
  code: 'silent',
  detail: `git showed no sign of life for ${Math.round(patienceMs / 1000)} s and was ended`,
});

const tooBig = (mostBytes: number): Failure => ({
  code: 'too-big',
  detail: `more than the ${mostBytes} bytes of remotedaemon.maxFetchSize were coming; it was ended`,
});
