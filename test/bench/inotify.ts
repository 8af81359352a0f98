// Owns: how many inotify instances are to be had here, and more of them for a while where this user may ask for that.
// Leaves: who takes them: each of our watchers and of git-annex-shells takes one (sections/scale.ts).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { AtEnd } from '../support/at-end.ts';
import { openFilesOf } from '../support/processes.ts';

const LIMIT_FILE = '/proc/sys/fs/inotify/max_user_instances';
/** For others of this user's programs. */
const RESERVE = 16;

/** How many are left to this user. */
export const inotifyRoom = (): number => limitNow() - used() - RESERVE;

/** Raises the limit until the end, so that so many are left; where this user may not, it stays as it is. */
export function makeInotifyRoom(atEnd: AtEnd, wanted: number): void {
  if (inotifyRoom() >= wanted) return;
  const [before, raised] = [limitNow(), used() + RESERVE + wanted];
  try {
    writeFileSync(LIMIT_FILE, String(raised));
  } catch {
    // Only root may, and not in every container: who looks for room then finds too little, and says so.
    return;
  }
  atEnd(() => {
    // Somebody else may have set it meanwhile.
    if (limitNow() === raised) writeFileSync(LIMIT_FILE, String(before));
  });
}

const limitNow = (): number => Number(readFileSync(LIMIT_FILE, 'utf8'));

const used = (): number =>
  readdirSync('/proc')
    .map(Number)
    .filter(Number.isInteger)
    .flatMap(openFilesOf)
    .filter((file) => file === 'anon_inode:inotify').length;
