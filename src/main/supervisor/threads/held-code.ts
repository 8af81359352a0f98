// Owns: that a thread begins with what was in memory when the daemon did: npm may have replaced or removed the files since.
// Leaves: what a thread does with it (workers/load-code.ts), and the bundles that come after it (compiled-code.ts).
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import workerThreads, { Worker, type WorkerOptions } from 'node:worker_threads';
import type { HeldCode, ThreadData } from '../../../shared/thread-messages.ts';

/** Of piscina 5.3.2: what its threads begin with, and what that asks for. */
const POOL_FILES = ['worker.js', 'common.js', 'symbols.js'];

/** `entry`: the file that piscina is told to have its threads load, and that is loaded first of all instead. */
export function holdCode(entry: string): HeldCode {
  const pool = path.dirname(createRequire(import.meta.url).resolve('piscina'));
  const files = POOL_FILES.map((name) => [name, fs.readFileSync(path.join(pool, name), 'utf8')] as const);
  return { entry, start: fs.readFileSync(entry, 'utf8'), poolFiles: Object.fromEntries(files) };
}

/**
 * Has the threads whose data holds their code begin with that; once is enough. Piscina takes no code, only the name of a
 * file, and starts one of its own before it.
 */
export function startFromMemory(): void {
  if (workerThreads.Worker === HeldWorker) return;
  // What piscina looks up in this object each time.
  Object.defineProperty(workerThreads, 'Worker', { value: HeldWorker });
}

class HeldWorker extends Worker {
  constructor(filename: string | URL, options: WorkerOptions = {}) {
    const data: Partial<ThreadData> | undefined = options.workerData;
    const start = data?.held?.start;
    super(start ?? filename, start === undefined ? options : { ...options, eval: true });
  }
}
