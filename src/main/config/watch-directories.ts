// Owns: one plain fs.watch for each of some directories, made anew where another directory has come in its place.
// Leaves: which directories and which names in them (watch-files.ts).
import fs from 'node:fs';
import path from 'node:path';

export interface DirectoryListener {
  /** Something happened to one of the names, or to the directory they were in. */
  readonly touched: () => void;
  /** Something else came or went there: no news by itself, but time to see whether each is still where it was. */
  readonly stirred: () => void;
  /** One of the names came or went, or the directory's own: what is to be watched may be another directory now. */
  readonly moved: () => void;
  /** It cannot be watched; told once for each directory. */
  readonly failed: (why: string) => void;
}

export interface DirectoryWatches {
  /** Watches these names in these directories and nothing else; true if it is to be looked again what there is. */
  readonly align: (wanted: ReadonlyMap<string, ReadonlySet<string>>) => boolean;
}

interface Watched {
  readonly identity: string;
  readonly watcher: fs.FSWatcher;
  names: ReadonlySet<string>;
  /** Its own name came or went. The number of a directory that is gone may be given to the next one. */
  dead: boolean;
}

export function createDirectoryWatches(listener: DirectoryListener): DirectoryWatches {
  const watched = new Map<string, Watched>();
  const complained = new Set<string>();

  /** True if it may have come too late for what happened below. */
  const open = (directory: string, names: ReadonlySet<string>): boolean => {
    const identity = identityOf(directory);
    // Gone since it was chosen, and nothing may be watched that would tell when it comes back.
    if (identity === undefined) return true;
    try {
      const watcher = fs.watch(directory, { persistent: false });
      const entry: Watched = { identity, watcher, names, dead: false };
      listen(entry, path.basename(directory), listener, () => watched.get(directory) === entry);
      watched.set(directory, entry);
      return true;
    } catch (error) {
      if (identityOf(directory) !== identity) return true;
      const why = `cannot watch ${directory}: ${error instanceof Error ? error.message : String(error)}`;
      if (!complained.has(directory)) listener.failed(why);
      complained.add(directory);
      return false;
    }
  };

  return {
    align: (wanted) => {
      for (const [directory, { identity, watcher, dead }] of [...watched]) {
        const gone = dead || identityOf(directory) !== identity;
        if (gone) listener.touched();
        if (!gone && wanted.has(directory)) continue;
        watcher.close();
        watched.delete(directory);
      }
      let again = false;
      for (const [directory, names] of wanted) {
        const there = watched.get(directory);
        if (there) there.names = names;
        else again = open(directory, names) || again;
      }
      return again;
    },
  };
}

function listen(entry: Watched, ownName: string, listener: DirectoryListener, counts: () => boolean): void {
  entry.watcher.on('change', (kind, name) => {
    if (!counts()) return;
    const isWanted = name === null || entry.names.has(String(name));
    if (isWanted) listener.touched();
    if (kind !== 'rename') return;
    entry.dead ||= name === ownName;
    if (isWanted || name === ownName) listener.moved();
    else listener.stirred();
  });
  entry.watcher.on('error', () => {
    entry.dead = true;
    if (counts()) listener.moved();
  });
}

/** Tells a directory from another one that has come in its place; undefined if there is none that can be seen. */
export function identityOf(directory: string): string | undefined {
  try {
    const found = fs.statSync(directory, { bigint: true });
    return found.isDirectory() ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    // Not there, or not to be seen: either way it cannot be watched.
    return undefined;
  }
}
