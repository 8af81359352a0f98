// Owns: noticing that the repository was moved or removed under a running daemon.
// Leaves: what is done about it (daemon.ts).
import fs from 'node:fs';
import type { StateDirectory } from './state-directory.ts';

/** Looking costs some µs; a new daemon may start in a repository's new place all the while. */
const LOOK_EVERY_MS = 5_000;

/** Calls `gone` once if the lock that this process holds is not the one found at its path; returns what ends the watch. */
export function watchGround({ lock, path }: StateDirectory, gone: (why: string) => void): () => void {
  const own = identityOf(lock);
  const timer = setInterval(() => {
    if (identityOf(lock) === own) return;
    clearInterval(timer);
    gone(`${path} was moved or removed`);
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

function identityOf(file: string): string | undefined {
  const found = fs.statSync(file, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
