// Owns: noticing that the repository was moved or removed under a running daemon.
// Leaves: what is done about it (daemon.ts).
import { lookAt } from '../../shared/system/file-identity.ts';
import { noteText } from './elsewhere.ts';
import type { StateDirectory } from './state-directory.ts';

/** Looking costs some µs; a new daemon may start in a repository's new place all the while. */
const LOOK_EVERY_MS = 5_000;

/** Calls `gone` once if the lock that this process holds is not the one found at its path; returns what ends the watch. */
export function watchRepository(directory: StateDirectory, gone: (why: string) => void): () => void {
  let own = identityOf(directory);
  const timer = setInterval(() => {
    const found = identityOf(directory);
    if (own === 'unseen') own = found;
    if (found === own || found === 'unseen') return;
    clearInterval(timer);
    gone(`${directory.note === undefined ? directory.path : directory.commonDir} was moved or removed`);
  }, LOOK_EVERY_MS).unref();
  return () => clearInterval(timer);
}

/** `unseen` tells nothing: the disk may fail for a while. The lock is held open, so no other file has its number. */
function identityOf({ lock, note }: StateDirectory): string {
  const found = lookAt(lock);
  if (found.kind !== 'there') return found.kind;
  if (note === undefined) return found.identity;
  // A note has a name of its own: numbers do not last where there are notes.
  const { kind } = lookAt(note);
  return kind === 'there' ? `${found.identity} ${noteText(note)}` : kind;
}
