// Owns: the worker threads: their start, what they give back, and their end when they hang. The only piscina.
// Leaves: which loops share one (thread-slots.ts), the port to each loop (loop-port.ts), what runs there (workers/entry.ts).
import { createRequire } from 'node:module';
import type { Piscina } from 'piscina';
import { type Failure, failureOf } from '../../../shared/failures.ts';
import type { BundleBytes } from '../../../shared/thread-messages.ts';
import { LINK } from '../../patience.ts';
import type { CompiledCode } from './compiled-code.ts';
import { createEndings, newResidence, type Residence } from './endings.ts';
import { createGiveBack } from './give-back.ts';
import { createHangWatch, type HangLimits, type HangWatch } from './hang-watch.ts';
import { startFromMemory } from './held-code.ts';
import { type AnyReport, type Ended, isEnded, isStarted, LINK_LOOP, type LoopKind } from './loop-kinds.ts';
import { type Loop, openLoopPort } from './loop-port.ts';
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

export interface WorkerPoolOptions {
  readonly entry: URL;
  /** Most threads; up to so many remotes each has its own. */
  readonly maxThreads: () => number;
  /** What the threads, and the programs they run, find in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: (text: string) => void;
  /** What the entry loads, compiled in an earlier daemon; absent: nothing is kept. */
  readonly code?: CompiledCode;
  readonly patience?: Patience;
}

/** How long a thread may be odd before it is ended, in ms. */
export interface Patience extends HangLimits {
  /** A loop that does not end this long after it was told to is in a thread that is broken. */
  readonly lastResortMs: number;
}

/**
 * What else was measured of a thread on Node 20, and left: a switch of V8 that counts in the hash of its flags (most do;
 * `--max-lazy`, `--no-sparkplug`, `--max-semi-space-size`) makes it refuse the code that Node itself was built with, 7 ms
 * more to start and 0.6 MB less; a shared environment, `trackUnmanagedFds`, and streams of its own change neither. Of the
 * 77 ms until it has logged in, 22 are Node's own start, and 3 piscina's.
 */

/** Heap of one thread, in MB: ssh2 needs about 10; a runaway ends as one crashed worker, not as a full machine. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };
/** A thread whose links all wait is let go after this, and started again when one is opened. */
const IDLE_THREAD_MS = 60_000;
/** Design §4. */
const PATIENCE: Patience = { hungAfterMs: 30_000, lookEveryMs: 10_000, lastResortMs: LINK.closedMs };

/** A pool of one thread, so that ending it ends exactly this thread. */
interface Thread {
  readonly pool: Piscina;
  readonly isHung: HangWatch;
  readonly place: Residence;
  /** Why it was ended from here, if it was. */
  endedFor: Failure | undefined;
}

/** As the CommonJS that it is: `import` would read through it for its names first, for 12 ms. */
const { Piscina: Pool }: typeof import('piscina') = createRequire(import.meta.url)('piscina');

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

function startPool({ entry, environment: env, code, log }: WorkerPoolOptions): Piscina {
  const pool = new Pool({
    filename: entry.href,
    // Looked up in each thread before it is ready, whatever runs there then.
    name: LINK_LOOP.runs,
    env,
    workerData: code?.forThreads,
    minThreads: 0,
    maxThreads: 1,
    concurrentTasksPerWorker: Number.MAX_SAFE_INTEGER,
    maxQueue: Number.POSITIVE_INFINITY,
    idleTimeout: IDLE_THREAD_MS,
    // Otherwise a thread blocks between tasks, and what a finished task left behind freezes (seen on piscina 5.3).
    atomics: 'disabled',
    resourceLimits: THREAD_LIMITS,
  });
  // What a thread throws while it has no task: nobody waits for it, and without a listener it would end the daemon.
  pool.on('error', (error: unknown) => log(`a worker thread ended without a task: ${failureOf(error).detail}`));
  return pool;
}
