// Owns: that one process at a time changes who is let in here and which peers there are: two at once lose nothing.
// Leaves: the lock as such (instance/lock.ts), and what is changed (credentials.ts, peers-file.ts).
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotLock, lockForNow } from '../instance/lock.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';

/** Who has it writes a few small files, and runs git a few times. */
const PATIENCE_MS = 10_000;
const AGAIN_MS = 40;

/** Throws a UserError where another does not let go of it, and whatever `act` throws. Not to be called within itself. */
export async function alone<T>(
  directory: StateDirectory,
  act: () => T | Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const descriptor = await waitForLock(directory, patienceMs);
  try {
    return await act();
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

async function waitForLock({ peersLock }: StateDirectory, patienceMs: number): Promise<number | undefined> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const descriptor = await lockForNow(peersLock, process.env).catch(unlessNoneHasLocks);
    if (descriptor !== undefined) return descriptor === NO_LOCKS ? undefined : descriptor;
    if (performance.now() > giveUpAt) throw new UserError('another process changes the peers here: try again');
    await sleep(AGAIN_MS);
  }
}

const NO_LOCKS = -1;

/** A file system without locks: nothing better can be done there. */
function unlessNoneHasLocks(error: unknown): number {
  if (error instanceof CannotLock) return NO_LOCKS;
  throw error;
}
