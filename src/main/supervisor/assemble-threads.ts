// Owns: what can begin before anything is known of the repository: the first thread, and asking what git can run for ssh.
// Leaves: what the threads do (assemble.ts), and loading their code (threads/).
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { within } from '../../shared/timing/within.ts';
import { openCodeCache } from '../code/code-cache.ts';
import type { ConfigNow } from '../config/live-config.ts';
import type { DaemonOptions } from '../daemon-context.ts';
import type { Log } from '../log/log.ts';
import { STOP } from '../patience.ts';
import { WORKER_ENTRY } from '../places.ts';
import { findRelayClient, type RelayClient } from '../relay/relay-client.ts';
import { openCompiledCode } from './threads/compiled-code.ts';
import { holdCode } from './threads/held-code.ts';
import { createWorkerPool, type WorkerPool } from './threads/worker-pool.ts';

export interface Begun {
  readonly pool: WorkerPool;
  readonly relayClient: Promise<RelayClient>;
  /** To be called before the pool has anything to do but to get ready. */
  readonly join: (daemon: Joined) => void;
}

export interface Joined {
  readonly log: Log;
  readonly config: () => ConfigNow;
}

/** The thread is ready for the first link about when the config has been read: each of them takes as long as the other. */
export function beginAssembly({ env, keepCode }: DaemonOptions): Begun {
  let joined: Joined | undefined;
  const log = (text: string): void => joined?.log.info('threads', text);
  const entry = fileURLToPath(WORKER_ENTRY);
  const pool = createWorkerPool({
    entry: WORKER_ENTRY,
    maxThreads: () => joined?.config().settings.workers ?? 1,
    environment: unattendedGitEnvironment(env),
    log,
    code: openCompiledCode({ directory: path.dirname(entry), held: holdCode(entry), cache: openCodeCache(env), log }),
    settled: () => {
      const why = keepCode();
      if (why !== undefined) log(`what was compiled of the daemon is not kept: ${why}`);
    },
  });
  pool.warmUp();
  return {
    pool,
    relayClient: findRelayClient(env),
    join: (daemon) => {
      joined = daemon;
      const [first] = daemon.config().remotes;
      if (first) pool.prepare(first.rungs[0].kind);
    },
  };
}

/** Whatever still runs in them. */
export const endThreads = (pool: WorkerPool) => async (): Promise<void> => {
  await within(pool.destroy(), STOP.threadsMs);
};
