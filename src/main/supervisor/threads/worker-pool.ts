// Owns: the worker threads: their start, what they give back, and their end when they hang.
// Leaves: which loops share one (thread-slots.ts), the port to each loop (loop-port.ts), what runs there (workers/entry.ts).
import { type Failure, failureOf } from '../../../shared/failures.ts';
import type { Rung } from '../../../shared/rungs/rungs.ts';
import type { BundleBytes } from '../../../shared/thread-messages.ts';
import { LINK } from '../../patience.ts';
import { createEndings, newResidence, type Residence } from './endings.ts';
import { createGiveBack } from './give-back.ts';
import { createHangWatch, type HangLimits, type HangWatch } from './hang-watch.ts';
import { startFromMemory } from './held-code.ts';
import { type AnyReport, type Ended, isEnded, isStarted, type LoopKind } from './loop-kinds.ts';
import { type Loop, openLoopPort } from './loop-port.ts';
import { type OneThread, startPool, type ThreadNeeds } from './one-thread.ts';
import { createSuspects } from './suspects.ts';
import { crashed, hung, stillborn, stuck } from './thread-failures.ts';
import { createThreadSlots, keyOf, type LoopOwner, type OwnerKey, type Slot } from './thread-slots.ts';

export interface WorkerPool {
  /** Runs a loop. `onReport` gets every report; exactly one `ended`, always last. */
  readonly open: <Task, Order, Report extends AnyReport>(
    kind: LoopKind<Task, Order, Report>,
    options: LoopOptions<Task>,
    onReport: (report: Report | Ended) => void,
  ) => Loop<Order>;
  /** Has one thread ready for whoever comes first; one that nobody comes for is let go as any that waits. */
  readonly warmUp: () => void;
  /** Has that thread load what a link needs that is watched so. */
  readonly prepare: (rung: Rung['kind']) => void;
  /** The owner will not come back: its place in a thread is free for another. */
  readonly forget: (owner: LoopOwner) => void;
  /** Ends every thread at once, and whatever still runs in it. */
  readonly destroy: () => Promise<void>;
}

export interface LoopOptions<Task> {
  readonly task: Task;
  /** Has the thread that the loop runs in. */
  readonly owner: LoopOwner;
  /** Loops with the same one run in the same thread, whoever owns them. */
  readonly carrier: string | undefined;
}

export interface WorkerPoolOptions extends ThreadNeeds {
  /** Most threads; up to so many remotes each has its own. */
  readonly maxThreads: () => number;
  /** Called when links have connected and no more are about to. */
  readonly settled?: () => void;
  readonly patience?: Patience;
}

/** How long a thread may be odd before it is ended, in ms. */
export interface Patience extends HangLimits {
  /** A loop that does not end this long after it was told to is in a thread that is broken. */
  readonly lastResortMs: number;
}

/** Design §4. */
const PATIENCE: Patience = { hungAfterMs: 30_000, lookEveryMs: 10_000, lastResortMs: LINK.closedMs };

/** A pool of one thread, so that ending it ends exactly this thread. */
interface Thread {
  readonly pool: OneThread;
  readonly isHung: HangWatch;
  readonly place: Residence;
  /** Why it was ended from here, if it was. */
  endedFor: Failure | undefined;
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { maxThreads, log, code, patience = PATIENCE } = options;
  startFromMemory();
  const startThread = (): Thread => {
    const [pool, isHung] = [startPool(options), createHangWatch(patience)];
    const thread: Thread = { pool, isHung, place: newResidence(), endedFor: undefined };
    thread.pool.on('workerDestroy', () => queueMicrotask(() => endIfStillborn(thread)));
    return thread;
  };
  let warm: Thread | undefined;
  const takeThread = (): Thread => {
    const thread = warm ?? startThread();
    warm = undefined;
    return thread;
  };
  const suspects = createSuspects<OwnerKey>(() => performance.now());
  const slots = createThreadSlots(takeThread, maxThreads, suspects.standingOf);
  const endings = createEndings(suspects, log);
  /** Those in which a link has connected that have given nothing back since. */
  const loaded = new Set<Thread>();
  const giveBack = createGiveBack(() => {
    for (const thread of loaded) {
      const given: Promise<BundleBytes | undefined> = thread.pool.run(undefined, { name: 'giveBack' });
      given.then(code?.keep).catch((error: unknown) => {
        // One that has ended has given back all.
        if (isOurs(thread)) log(`a worker thread gives no memory back: ${failureOf(error).detail}`);
      });
    }
    loaded.clear();
    options.settled?.();
  });
  const isOurs = (thread: Thread): boolean => slots.all().some((slot) => slot.thread === thread);
  const destroy = async (thread: Thread): Promise<void> => {
    loaded.delete(thread);
    await thread.pool
      .destroy()
      .catch((error: unknown) => log(`a worker thread did not end: ${failureOf(error).detail}`));
  };
  const endThread = (slot: Slot<Thread>, thread: Thread, failure: Failure, known?: OwnerKey): void => {
    // Another link of the same thread may have said so first.
    if (slot.thread !== thread) return;
    log(failure.detail);
    thread.endedFor = failure;
    const threadId = thread.pool.threads[0]?.threadId;
    if (threadId !== undefined) endings.culpritOf(thread.place, threadId, known);
    slot.thread = startThread();
    void destroy(thread);
  };
  /** What waits for a thread that ended before it was ready waits for ever: piscina 5.3 neither tells nor starts another. */
  const endIfStillborn = (thread: Thread): void => {
    const slot = slots.all().find((each) => each.thread === thread);
    const isStillborn = thread.pool.queueSize > 0 && thread.pool.threads.length === 0;
    if (slot && isStillborn) endThread(slot, thread, stillborn(slot.owners));
  };
  const watch = setInterval(() => {
    for (const slot of slots.all()) {
      const { pool, isHung } = slot.thread;
      const use = pool.threads[0]?.performance.eventLoopUtilization();
      if (isHung(use, performance.now())) endThread(slot, slot.thread, hung(slot.owners));
    }
  }, patience.lookEveryMs).unref();

  return {
    open: (kind, { task, owner, carrier }, onReport) => {
      const slot = slots.of(owner, carrier);
      const { thread } = slot;
      const key = keyOf(owner);
      const opened = giveBack.opening();
      thread.place.residents.set(key, undefined);
      return openLoopPort(kind, {
        // What is thrown at once, as no thread can be made just now, is this loop's end, too.
        run: async (port) => await thread.pool.run({ task, port }, { name: kind.runs, transferList: [port] }),
        onReport: (report) => {
          if (isStarted(report)) thread.place.residents.set(key, report.threadId);
          if (isEnded(report)) {
            thread.place.residents.delete(key);
            opened('ended');
          } else if (kind.isUp(report)) {
            loaded.add(thread);
            opened('connected');
          } else if (kind.isBusy(report)) giveBack.busy();
          onReport(report);
        },
        whyEnded: (thrown) => {
          const runs = (id: number): boolean => thread.pool.threads.some(({ threadId }) => threadId === id);
          return endings.failureFor(thread.place, key, thread.endedFor ?? crashed(thrown), runs);
        },
        lastResort: () => endThread(slot, thread, stuck(owner), key),
        lastResortMs: patience.lastResortMs,
      });
    },
    warmUp: () => {
      warm ??= startThread();
      // Why it does not start is told to who comes for it.
      warm.pool.run(undefined, { name: 'warmUp' }).catch(() => undefined);
    },
    prepare: (rung) => {
      warm?.pool.run(rung, { name: 'prepare' }).catch(() => undefined);
    },
    forget: (owner) => {
      suspects.forget(keyOf(owner));
      const left = slots.leave(owner);
      if (left) void destroy(left.thread);
    },
    destroy: async () => {
      clearInterval(watch);
      giveBack.close();
      const threads = [...slots.all().map(({ thread }) => thread), ...(warm ? [warm] : [])];
      warm = undefined;
      await Promise.all(threads.map(destroy));
      slots.clear();
    },
  };
}
