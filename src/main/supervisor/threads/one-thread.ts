// Owns: a pool of one thread, so that ending it ends exactly this thread: its limits, its environment. The only piscina.
// Leaves: what runs there, and when it is ended (worker-pool.ts).
import { Piscina } from 'piscina';
import { failureOf } from '../../../shared/failures.ts';
import type { CompiledCode } from './compiled-code.ts';
import { LINK_LOOP } from './loop-kinds.ts';

export type OneThread = Piscina;

export interface ThreadNeeds {
  readonly entry: URL;
  /** What the thread, and the programs it runs, find in their environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: (text: string) => void;
  /** What the entry loads, compiled in an earlier daemon; absent: nothing is kept. */
  readonly code?: CompiledCode;
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
/** It starts with the first task. */
export function startPool({ entry, environment: env, code, log }: ThreadNeeds): OneThread {
  const pool = new Piscina({
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
