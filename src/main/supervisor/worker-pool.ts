// Owns: the worker threads, which remote's loop runs in which, and the port to each loop. The only piscina.
// Leaves: when a link is opened or closed (watched-remote.ts), and what runs in a thread (workers/entry.ts).
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { type Failure, failureOf } from '../../shared/failures.ts';
import type { RemoteName } from '../../shared/remote.ts';
import type { LinkTask, Order, Report } from '../../shared/thread-messages.ts';
import { createGiveBack } from './give-back.ts';
import { createHangWatch, type HangLimits, type HangWatch } from './hang-watch.ts';

export interface Link {
  /** Asks the loop to end; repeated with `now` it hurries. The link has ended only when `ended` was heard. */
  readonly close: (how: Order['how']) => void;
}

export interface WorkerPool {
  /** Runs a link's loop in the thread of its remote. `hear` gets every report; exactly one `ended`, always last. */
  readonly open: (task: LinkTask, hear: (report: Report) => void) => Link;
  /** The remote will not come back: its place in a thread is free for another. */
  readonly forget: (remote: RemoteName) => void;
  /** Ends every thread at once, and whatever still runs in it. */
  readonly destroy: () => Promise<void>;
}

export interface WorkerPoolOptions {
  readonly entry: URL;
  /** Most threads; up to so many remotes each has its own. */
  readonly maxThreads: () => number;
  /** What the threads, and the programs they run, find in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: (text: string) => void;
  readonly patience?: Patience;
}

/** How long a thread may be odd before it is ended, in ms. */
export interface Patience extends HangLimits {
  /** A loop that does not end this long after it was told to is in a thread that is broken. */
  readonly lastResortMs: number;
}

/** Heap of one thread, in MB: ssh2 needs about 10; a runaway ends as one crashed worker, not as a full machine. */
const THREAD_LIMITS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 8 };
/** A thread whose links all wait is let go after this, and started again when one is opened. */
const IDLE_THREAD_MS = 60_000;
/** Design §4. */
const PATIENCE: Patience = { hungAfterMs: 30_000, lookEveryMs: 10_000, lastResortMs: 5_000 };

/** A pool of one thread, so that ending it ends exactly this thread. */
interface Thread {
  readonly pool: Piscina;
  readonly isHung: HangWatch;
  /** Why it was ended from here, if it was. */
  endedFor: Failure | undefined;
}

/** A thread and the remotes whose loops run in it; a thread that is ended is replaced by a new one. */
interface Slot {
  thread: Thread;
  readonly remotes: Set<RemoteName>;
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { entry, maxThreads, environment, log, patience = PATIENCE } = options;
  const slots = new Set<Slot>();
  /** Those in which a link has connected that have given nothing back since. */
  const loaded = new Set<Thread>();
  const giveBack = createGiveBack(() => {
    for (const thread of loaded) {
      thread.pool.run(undefined, { name: 'giveBack' }).catch((error: unknown) => {
        // One that has ended has given back all.
        if (isOurs(thread)) log(`a worker thread gives no memory back: ${failureOf(error).detail}`);
      });
    }
    loaded.clear();
  });

  const isOurs = (thread: Thread): boolean => [...slots].some((slot) => slot.thread === thread);
  const startThread = (): Thread => ({
    pool: startPool(entry, environment, log),
    isHung: createHangWatch(patience),
    endedFor: undefined,
  });
  const newSlot = (): Slot => {
    const slot: Slot = { thread: startThread(), remotes: new Set() };
    slots.add(slot);
    return slot;
  };
  /** The slot a remote already lives in, else a new one, else the emptiest: spread evenly, never moved. */
  const slotOf = (remote: RemoteName): Slot => {
    const all = [...slots].sort((a, b) => a.remotes.size - b.remotes.size);
    const own = all.find((slot) => slot.remotes.has(remote));
    if (own) return own;
    const slot = (slots.size >= maxThreads() ? all[0] : undefined) ?? newSlot();
    slot.remotes.add(remote);
    return slot;
  };
  const destroy = async (thread: Thread): Promise<void> => {
    loaded.delete(thread);
    await thread.pool
      .destroy()
      .catch((error: unknown) => log(`a worker thread did not end: ${failureOf(error).detail}`));
  };
  const endThread = (slot: Slot, thread: Thread, failure: Failure): void => {
    // Another link of the same thread may have said so first.
    if (slot.thread !== thread) return;
    log(failure.detail);
    thread.endedFor = failure;
    slot.thread = startThread();
    void destroy(thread);
  };
  const watch = setInterval(() => {
    for (const slot of slots) {
      const { pool, isHung } = slot.thread;
      const use = pool.threads[0]?.performance.eventLoopUtilization();
      if (isHung(use, performance.now())) endThread(slot, slot.thread, hung(slot));
    }
  }, patience.lookEveryMs).unref();

  return {
    open: (task, hear) => {
      const slot = slotOf(task.remote);
      const { thread } = slot;
      const opened = giveBack.opening();
      const hearFirst = (report: Report): void => {
        if (report.kind === 'connected') loaded.add(thread);
        if (report.kind === 'connected' || report.kind === 'ended') opened(report.kind);
        if (report.kind === 'relay-activity') giveBack.busy();
        hear(report);
      };
      const end = (failure: Failure): void => endThread(slot, thread, failure);
      return runLink(thread, task, { hear: hearFirst, endThread: end, patience });
    },
    forget: (remote) => {
      for (const slot of slots) {
        if (!slot.remotes.delete(remote) || slot.remotes.size > 0) continue;
        slots.delete(slot);
        void destroy(slot.thread);
      }
    },
    destroy: async () => {
      clearInterval(watch);
      giveBack.close();
      await Promise.all([...slots].map((slot) => destroy(slot.thread)));
      slots.clear();
    },
  };
}

function startPool(entry: URL, env: Readonly<Record<string, string>>, log: (text: string) => void): Piscina {
  const pool = new Piscina({
    filename: entry.href,
    name: 'runLink',
    env,
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
  pool.on('error', (error: unknown) => log(`an idle worker thread ended: ${failureOf(error).detail}`));
  return pool;
}

interface LinkHooks {
  readonly hear: (report: Report) => void;
  readonly endThread: (failure: Failure) => void;
  readonly patience: Patience;
}

function runLink(thread: Thread, task: LinkTask, { hear, endThread, patience }: LinkHooks): Link {
  const { port1: ours, port2: theirs } = new MessageChannel();
  let lastResort: NodeJS.Timeout | undefined;
  let ended = false;
  const hearOnce = (report: Report): void => {
    if (ended) return;
    ended = report.kind === 'ended';
    if (ended) clearTimeout(lastResort);
    hear(report);
  };

  ours.on('message', hearOnce);
  const ran = thread.pool.run({ task, port: theirs }, { transferList: [theirs] }).then(
    () => undefined,
    (error: unknown) => {
      ours.close();
      return error;
    },
  );
  // The port's close comes after its last message, and always, also when the thread was ended.
  void Promise.all([ran, closed(ours)]).then(([error]) => {
    hearOnce({ kind: 'ended', ending: { kind: 'failed', failure: thread.endedFor ?? crashed(error) } });
  });

  return {
    close: (how) => {
      ours.postMessage({ kind: 'close', how } satisfies Order);
      if (ended || lastResort) return;
      const detail = `the loop of ${task.remote} does not end; its worker thread is ended`;
      lastResort = setTimeout(() => endThread({ code: 'worker-hung', detail }), patience.lastResortMs).unref();
    },
  };
}

const closed = (port: MessagePort): Promise<void> =>
  new Promise((resolve) => {
    port.once('close', resolve);
  });

function crashed(error: unknown): Failure {
  const why = error instanceof Error ? error.message : 'it ended without a word';
  return { code: 'worker-crashed', detail: `its worker thread crashed (${why}); it is started again` };
}

function hung(slot: Slot): Failure {
  const remotes = [...slot.remotes].join(', ');
  return { code: 'worker-hung', detail: `the worker thread of ${remotes} has hung; it is ended and started again` };
}
