// Owns: noticing that a watched repository has gone, is another, or another kind of one, for next to nothing.
// Leaves: what a repository is (repository-layout.ts), and when it is looked at (local-watch.ts).
import fs from 'node:fs';
import path from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import type { MountedDisks } from './file-systems.ts';
import { findRepository, type RepositoryLayout } from './repository-layout.ts';

/**
 * Returns what throws not-there when the repository has gone or was replaced, or as `find` does. It finds the
 * repository anew (some 30 file calls) only when a directory that leads to it, or a file or folder in one, came or went.
 */
export function createPlaceGuard(
  place: string,
  layout: RepositoryLayout,
  find = findRepository,
): (disks: MountedDisks) => void {
  // A `.git` may be made in a bare repository, or be a file that is written over; all others show in their folder.
  const looked = [...new Set([place, path.join(place, '.git'), layout.gitDir, layout.commonDir])];
  let last: string | undefined;
  return (disks) => {
    // Before it is found, so that what changes meanwhile is seen by the next look.
    const current = looked.map((file) => stampOf(file, disks)).join(' ');
    if (current === last) return;
    const { identity, format } = find(place, disks);
    if (identity !== layout.identity) throw new DaemonError('not-there', `${printable(place)} has been replaced`);
    if (format !== layout.format)
      throw new DaemonError('not-there', `${printable(place)} keeps its refs in another format now`);
    last = current;
  };
}

/** Why there is nothing to be seen is for `findRepository` to tell. */
function stampOf(file: string, disks: MountedDisks): string {
  const found = disks.find(file);
  if (found.kind !== 'there') return found.kind;
  try {
    const { dev, ino, mtimeMs, ctimeMs } = fs.statSync(found.place);
    return `${dev}:${ino}:${mtimeMs}:${ctimeMs}`;
  } catch (error) {
    return errorCode(error) ?? 'unknown';
  }
}
