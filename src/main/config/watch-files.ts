// Owns: noticing that one of some files changed, came or went, by one plain fs.watch per directory.
// Leaves: which files (git-config.ts, secrets.ts), and what is done then.
import fs from 'node:fs';
import path from 'node:path';
import { type Gather, gather } from './gather.ts';

export interface FileWatch {
  /** Watches these files from here on, absolute paths, and no others. */
  readonly follow: (files: readonly string[]) => void;
  readonly close: () => void;
}

export interface FileWatchOptions {
  /** Called once things have been quiet, or at the latest after the longest wait. */
  readonly changed: () => void;
  /** A directory cannot be watched; told once for each. */
  readonly failed: (why: string) => void;
  readonly quietMs?: number;
  readonly longestMs?: number;
}

interface Watched {
  /** Tells the directory from another one that has come in its place. */
  readonly identity: string;
  readonly watcher: fs.FSWatcher;
  names: ReadonlySet<string>;
}

/** git makes a file, writes it and renames it; an editor does the like, a little slower. */
const QUIET_MS = 200;
const LONGEST_MS = 2_000;
/** As many as Linux follows in one path. */
const MOST_LINKS = 40;
/** A path that grows deeper while it is looked at; past this the next event does it. */
const MOST_LOOKS = 64;

/** Starts with no files. It does not keep the process alive. */
export function watchFiles(options: FileWatchOptions): FileWatch {
  const { changed, failed, quietMs = QUIET_MS, longestMs = LONGEST_MS } = options;
  const news: Gather = gather(changed, quietMs, longestMs);
  const watched = new Map<string, Watched>();
  const complained = new Set<string>();
  let files: readonly string[] = [];

  const open = (directory: string, identity: string, names: ReadonlySet<string>): boolean => {
    try {
      const watcher = fs.watch(directory, { persistent: false });
      const entry: Watched = { identity, watcher, names };
      watcher.on('change', (kind, name) => {
        if (watched.get(directory) !== entry) return;
        if (name === null || entry.names.has(String(name))) news.note();
        // A name came or went, perhaps the directory's own: what can be watched may be another now.
        if (kind === 'rename') look();
      });
      watcher.on('error', () => {
        if (watched.get(directory) === entry) look();
      });
      watched.set(directory, entry);
      return true;
    } catch (error) {
      // One that has vanished meanwhile is found out by the next look.
      if (identityOf(directory) === identity && !complained.has(directory)) {
        complained.add(directory);
        failed(`cannot watch ${directory}: ${error instanceof Error ? error.message : String(error)}`);
      }
      return false;
    }
  };
  const drop = (directory: string): void => {
    watched.get(directory)?.watcher.close();
    watched.delete(directory);
  };
  /** Brings the watchers in line with what is there; true if one was opened, and so may have come too late. */
  const align = (): boolean => {
    const wanted = directoriesOf(files);
    for (const [directory, { identity }] of [...watched]) {
      const gone = identityOf(directory) !== identity;
      if (gone) news.note();
      if (gone || !wanted.has(directory)) drop(directory);
    }
    let opened = false;
    for (const [directory, names] of wanted) {
      const there = watched.get(directory);
      if (there) there.names = names;
      else opened = open(directory, identityOf(directory) ?? '', names) || opened;
    }
    return opened;
  };
  const look = (): void => {
    for (let looks = 0; looks < MOST_LOOKS && align(); looks++);
  };
  const follow = (next: readonly string[]): void => {
    files = next;
    look();
  };
  return {
    follow,
    close: () => {
      follow([]);
      news.close();
    },
  };
}

/** The directories to watch, and in each the names that matter: of the files, or of what their paths still lack. */
function directoriesOf(files: readonly string[]): Map<string, Set<string>> {
  const directories = new Map<string, Set<string>>();
  const add = (file: string, linksLeft: number): void => {
    let directory = path.dirname(file);
    let name = path.basename(file);
    while (identityOf(directory) === undefined && directory !== path.dirname(directory)) {
      name = path.basename(directory);
      directory = path.dirname(directory);
    }
    const names = directories.get(directory) ?? new Set<string>();
    directories.set(directory, names.add(name));
    const target = linkTarget(file);
    if (target !== undefined && linksLeft > 0) add(target, linksLeft - 1);
  };
  for (const file of files) add(file, MOST_LINKS);
  return directories;
}

function identityOf(directory: string): string | undefined {
  try {
    const found = fs.statSync(directory, { bigint: true });
    return found.isDirectory() ? `${found.dev}:${found.ino}` : undefined;
  } catch {
    // Not there, or not to be seen: either way it cannot be watched.
    return undefined;
  }
}

function linkTarget(file: string): string | undefined {
  try {
    return path.resolve(path.dirname(file), fs.readlinkSync(file));
  } catch {
    // No link, or nothing there at all.
    return undefined;
  }
}
