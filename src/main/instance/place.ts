// Owns: taking a repository for this daemon: the directory that it keeps its files in, and the lock there.
// Leaves: what a directory has to keep (state-directory.ts), where else it may be (elsewhere.ts), and the lock (lock.ts).
import type { DaemonMode } from '../../shared/status.ts';
import { CannotLock, type Lock } from './lock.ts';
import { acquireLock } from './running-daemon.ts';
import { prepareElsewhere, prepareStateDirectory, type StateDirectory } from './state-directory.ts';

export interface Wanted {
  readonly mode: DaemonMode;
  readonly replace: boolean;
  readonly env: NodeJS.ProcessEnv;
}

export interface Taken {
  readonly directory: StateDirectory;
  readonly lock: Lock;
}

/**
 * The same for whoever asks, as it is found out by trying what the repository's file system keeps, and noted there. Throws
 * a UserError: `already running` (1), or what keeps it from being taken (128).
 */
export async function takePlace(commonDir: string, { mode, replace, env }: Wanted): Promise<Taken> {
  const directory = prepareStateDirectory(commonDir, env);
  try {
    return { directory, lock: await acquireLock(directory, mode, replace) };
  } catch (error) {
    if (!(error instanceof CannotLock) || directory.note !== undefined) throw error;
    const other = prepareElsewhere(commonDir, env);
    return { directory: other, lock: await acquireLock(other, mode, replace) };
  }
}
