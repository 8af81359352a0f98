// Owns: one plain fs.watch for each of some directories, made anew where another directory has come in its place.
// Leaves: which directories, and what is done when something happens there (whoever watches).
import fs from 'node:fs';
import { basename } from 'node:path';
import { DaemonError } from '../failures.ts';
import { printable } from '../printable.ts';
import { errorCode } from './error-code.ts';
import { directoryIdentity } from './file-identity.ts';

/** Which names in a directory matter. */
export type Matters = (name: string) => boolean;

export type DirectoryEvent =
  /** A name that matters was written. */
  | 'written'
  /** A name that matters, or the directory's own, came or went: what is to be watched may be another directory now. */
  | 'moved'
  /** Another name came or went: time, at most, to see whether each directory is still where it was. */
  | 'stirred'
  /** Seen while looking, as nothing had told it: the directory is gone, or another is in its place. */
  | 'replaced';

export interface DirectoryWatches {
  /**
   * Watches a directory, or goes on doing so; to be called before it is read, so that nothing falls in between.
   * `opened`: not watched until now; `gone`: it is not there, which the one above it will tell. Throws cannot-watch, as
   * NoWatchToBeHad where the system gives none, which says nothing of the directory.
   */
  readonly enter: (directory: string, matters: Matters) => 'watched' | 'opened' | 'gone';
  /** All were entered: closes every directory that was not, since the last time. */
  readonly sweep: () => void;
  readonly close: () => void;
}

export interface DirectoryWatchesOptions {
  readonly onEvent: (event: DirectoryEvent) => void;
  /** Whether the watches keep the process alive; without it they do. */
  readonly persistent?: boolean;
  readonly watch?: typeof fs.watch;
}

interface Watched {
  readonly watcher: fs.FSWatcher;
  readonly identity: string;
  matters: Matters;
  /** It told of its own end, or may have: an inode's number can come again. */
  isStale: boolean;
  round: number;
}

/** The system has no watches left, or refuses them to this process: whoever wanted one may look now and then. */
export class NoWatchToBeHad extends DaemonError {}

/** The user's programs share what the system allows (often 8192); what has more is better polled. */
const MOST_DIRECTORIES = 4_000;
/** Where four times as many events wait with the system (16 384, mostly), it loses what follows, and Node does not say so. */
const MAY_BE_LOST = 4_096;

export function createDirectoryWatches(options: DirectoryWatchesOptions): DirectoryWatches {
  const { onEvent, persistent = true, watch = fs.watch } = options;
  const watched = new Map<string, Watched>();
  let round = 0;
  let events = 0;
  const count = (): void => {
    events += 1;
    if (events % MAY_BE_LOST === 0) onEvent('moved');
  };

  const isCurrent = (directory: string, { identity, isStale }: Watched): boolean =>
    !isStale && identity === directoryIdentity(directory);
  const closeOne = (directory: string, entry: Watched): void => {
    entry.watcher.close();
    watched.delete(directory);
  };
  const open = (directory: string, matters: Matters): 'opened' | 'gone' => {
    const identity = directoryIdentity(directory);
    if (identity === undefined) return 'gone';
    if (watched.size >= MOST_DIRECTORIES) throw cannotWatch(directory, `more than ${MOST_DIRECTORIES} directories`);
    try {
      const entry: Watched = { watcher: watch(directory, { persistent }), identity, matters, isStale: false, round };
      const tell = (event: DirectoryEvent): void => {
        if (watched.get(directory) === entry) onEvent(event);
      };
      listen(entry, basename(directory), { count, tell });
      watched.set(directory, entry);
      return 'opened';
    } catch (error) {
      if (directoryIdentity(directory) !== identity) return 'gone';
      throw whyNot(directory, error);
    }
  };
  return {
    enter: (directory, matters) => {
      const there = watched.get(directory);
      if (there && isCurrent(directory, there)) {
        there.matters = matters;
        there.round = round;
        return 'watched';
      }
      if (there) {
        closeOne(directory, there);
        onEvent('replaced');
      }
      return open(directory, matters);
    },
    sweep: () => {
      for (const [directory, entry] of [...watched]) {
        if (entry.round === round) continue;
        closeOne(directory, entry);
        if (!isCurrent(directory, entry)) onEvent('replaced');
      }
      round += 1;
    },
    close: () => {
      for (const [directory, entry] of [...watched]) closeOne(directory, entry);
    },
  };
}

interface Listener {
  /** Something happened, whatever it was. */
  readonly count: () => void;
  readonly tell: (event: DirectoryEvent) => void;
}

function listen(entry: Watched, ownName: string, { count, tell }: Listener): void {
  entry.watcher.on('change', (kind, name) => {
    count();
    // What happens to the directory itself goes by its own name.
    const isOwn = kind === 'rename' && (name === null || name === ownName);
    if (isOwn) entry.isStale = true;
    if (isOwn || name === null || entry.matters(String(name))) tell(kind === 'rename' ? 'moved' : 'written');
    else if (kind === 'rename') tell('stirred');
  });
  entry.watcher.on('error', () => {
    entry.isStale = true;
    tell('moved');
  });
}

function whyNot(directory: string, error: unknown): DaemonError {
  const code = errorCode(error);
  const text = `cannot watch ${printable(directory)}: ${LIMITS[String(code)] ?? code ?? String(error)}`;
  const isOfDirectory = code === 'EACCES';
  return new (isOfDirectory ? DaemonError : NoWatchToBeHad)('cannot-watch', text, { cause: error });
}

const LIMITS: Readonly<Record<string, string>> = {
  ENOSPC: 'the system allows no more watches (raise fs.inotify.max_user_watches)',
  EMFILE: 'the system allows no more watchers or open files (raise fs.inotify.max_user_instances, or ulimit -n)',
  EACCES: 'permission denied',
};

const cannotWatch = (directory: string, why: string, cause?: unknown): DaemonError =>
  new DaemonError('cannot-watch', `cannot watch ${printable(directory)}: ${why}`, { cause });
