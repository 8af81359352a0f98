// Owns: one plain fs.watch per directory of a tree that changes, each made anew when its directory comes anew.
// Leaves: which directories (refs-on-disk.ts), and when the tree is looked at again (local-watch.ts).
import fs from 'node:fs';
import { basename } from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { errorCode } from '../../shared/system/error-code.ts';

/** Which names in a directory are news. */
export type Matters = (name: string) => boolean;

export interface DirectoryWatches {
  /**
   * Watches a directory, or goes on doing so; to be called before it is read, so that nothing falls in between. False:
   * it is gone, which its parent will tell. Throws cannot-watch.
   */
  readonly enter: (directory: string, matters: Matters) => boolean;
  /** The tree was walked: lets go of every directory that was not entered on the way. */
  readonly sweep: () => void;
  readonly close: () => void;
}

interface Watched {
  readonly watcher: fs.FSWatcher;
  readonly identity: string;
  matters: Matters;
  /** It told of its own end, or may have: an inode's number can come again. */
  stale: boolean;
  walk: number;
}

/** The user's programs share what the system allows (often 8192); such a repository is better polled. */
const MOST_DIRECTORIES = 4_000;

export function createDirectoryWatches(news: () => void, watch: typeof fs.watch = fs.watch): DirectoryWatches {
  const watched = new Map<string, Watched>();
  let walk = 0;

  const letGo = (directory: string): void => {
    watched.get(directory)?.watcher.close();
    watched.delete(directory);
  };
  const open = (directory: string, identity: string, matters: Matters): void => {
    if (watched.size >= MOST_DIRECTORIES) throw cannotWatch(directory, `more than ${MOST_DIRECTORIES} directories`);
    const entry: Watched = { watcher: watch(directory), identity, matters, stale: false, walk };
    const own = basename(directory);
    entry.watcher.on('change', (kind, name) => {
      // What happens to the directory itself goes by its own name.
      const isOwn = kind === 'rename' && (name === null || name === own);
      if (isOwn) entry.stale = true;
      if (isOwn || name === null || entry.matters(String(name))) news();
    });
    entry.watcher.on('error', () => {
      entry.stale = true;
      news();
    });
    watched.set(directory, entry);
  };

  return {
    enter: (directory, matters) => {
      const identity = identityOf(directory);
      const there = watched.get(directory);
      if (there && there.identity === identity && !there.stale) {
        there.walk = walk;
        there.matters = matters;
        return true;
      }
      letGo(directory);
      if (identity === undefined) return false;
      try {
        open(directory, identity, matters);
        return true;
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOENT' || code === 'ENOTDIR') return false;
        throw error instanceof DaemonError
          ? error
          : cannotWatch(directory, LIMITS[String(code)] ?? String(code), error);
      }
    },
    sweep: () => {
      for (const [directory, entry] of watched) if (entry.walk !== walk) letGo(directory);
      walk += 1;
    },
    close: () => {
      for (const directory of watched.keys()) letGo(directory);
    },
  };
}

const LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: 'the system allows no more watches (raise fs.inotify.max_user_watches)',
  EMFILE: 'the system allows no more watchers or open files (raise fs.inotify.max_user_instances, or ulimit -n)',
  EACCES: 'permission denied',
};

const cannotWatch = (directory: string, why: string, cause?: unknown): DaemonError =>
  new DaemonError('cannot-watch', `cannot watch ${printable(directory)}: ${why}`, { cause });

function identityOf(directory: string): string | undefined {
  try {
    const found = fs.statSync(directory, { bigint: true });
    return found.isDirectory() ? `${found.dev}:${found.ino}:${found.birthtimeNs}` : undefined;
  } catch {
    // Gone, or on a disk that is.
    return undefined;
  }
}
