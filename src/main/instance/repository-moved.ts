// Owns: noticing that the repository was moved or removed under a running daemon.
// Leaves: what is done about it (daemon.ts).
import fs from 'node:fs';
import { errorCode } from '../../shared/system/error-code.ts';
import type { StateDirectory } from './state-directory.ts';

/** Looking costs some µs; a new daemon may start in a repository's new place all the while. */
const LOOK_EVERY_MS = 5_000;

/** Calls `gone` once if the lock that this process holds is not the one found at its path; returns what ends the watch. */
export function watchRepository({ lock, path }: StateDirectory, gone: (why: string) => void): () => void {
  let own = identityOf(lock);
  const timer = setInterval(() => {
    const found = identityOf(lock);
    if (own === 'unknown') own = found;
    if (found === own || found === 'unknown') return;
    clearInterval(timer);
    gone(`${path} was moved or removed`);
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** `gone` is only what is really not there; a disk that fails for a while (EIO, ESTALE) or EACCES tells nothing. */
function identityOf(file: string): string {
  try {
    const { dev, ino } = fs.statSync(file);
    return `${dev}:${ino}`;
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'gone' : 'unknown';
  }
}
