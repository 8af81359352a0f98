// Owns: noticing that the repository was moved or removed under a running daemon.
// Leaves: what is done about it (daemon.ts).
import { lookAt } from '../../shared/system/file-identity.ts';
import type { StateDirectory } from './state-directory.ts';

/** Looking costs some µs; a new daemon may start in a repository's new place all the while. */
const LOOK_EVERY_MS = 5_000;

/** Calls `gone` once if the lock that this process holds is not the one found at its path; returns what ends the watch. */
export function watchRepository({ lock, path }: StateDirectory, gone: (why: string) => void): () => void {
  let own = identityOf(lock);
  const timer = setInterval(() => {
    const found = identityOf(lock);
    if (own === 'unseen') own = found;
    if (found === own || found === 'unseen') return;
    clearInterval(timer);
    gone(`${path} was moved or removed`);
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** `unseen` tells nothing: the disk may fail for a while. The lock is held open, so no other file has its number. */
function identityOf(file: string): string {
  const found = lookAt(file);
  return found.kind === 'there' ? found.identity : found.kind;
}
