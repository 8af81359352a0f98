// Owns: what can begin before the config is known, beside reading it: the first thread, and asking what git can run for ssh.
// Leaves: what the threads do (assemble.ts), and loading their code (threads/).
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { within } from '../../shared/timing/within.ts';
import type { DaemonContext } from '../daemon-context.ts';
import { readOwnFile, replaceOwnFile } from '../instance/own-file.ts';
import { STOP } from '../patience.ts';
import { WORKER_ENTRY } from '../places.ts';
import { findRelayClient, type RelayClient } from '../relay/relay-client.ts';
import { openCompiledCode } from './threads/compiled-code.ts';
import { holdCode } from './threads/held-code.ts';
import { createWorkerPool, type WorkerPool } from './threads/worker-pool.ts';

export interface Begun {
  readonly pool: WorkerPool;
  readonly relayClient: Promise<RelayClient>;
}

/** `maxThreads` is asked only once a link is opened. The lock is held: a thread keeps what it compiles. */
export function beginAssembly(context: DaemonContext, maxThreads: () => number): Begun {
  const { options, directory, isInPlace, log, onStop } = context;
  const { env } = options;
  const logThreads = (text: string): void => log.info('threads', text);
  const entry = fileURLToPath(WORKER_ENTRY);
  const pool = createWorkerPool({
    entry: WORKER_ENTRY,
    maxThreads,
    environment: unattendedGitEnvironment(env),
    log: logThreads,
    code: openCompiledCode({
      directory: path.dirname(entry),
      held: holdCode(entry),
      read: (mostBytes) => {
        const found = readOwnFile(directory.compiled, mostBytes);
        return found.kind === 'read' ? found.content : undefined;
      },
      write: (content) => isInPlace() && replaceOwnFile(directory.compiled, content),
      log: logThreads,
    }),
  });
  // Where the config cannot be read; else the threads have ended before what they work through goes.
  onStop(endThreads(pool));
  pool.warmUp();
  return { pool, relayClient: findRelayClient(env) };
}

/** Whatever still runs in them. */
export const endThreads = (pool: WorkerPool) => async (): Promise<void> => {
  await within(pool.destroy(), STOP.threadsMs);
};
