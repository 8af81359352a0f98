// Owns: handing out what the journal gets as it gets it, also where it is not there yet.
// Leaves: reading it (read-journal.ts), and printing (main/commands/events.ts).
import fs from 'node:fs';
import path from 'node:path';
import type { JournalLine } from './journal-files.ts';
import { type From, openReader } from './read-journal.ts';

/** Where the system tells of changes this only finds what it forgot to tell; else it is how soon they are seen. */
const LOOK_MS = { told: 5_000, untold: 500 } as const;

/** Piece by piece, until `signal` is aborted. Throws a UserError as openReader and its `next` do. */
export async function* followJournal(
  at: string,
  from: From,
  signal: AbortSignal,
): AsyncGenerator<readonly JournalLine[]> {
  const reader = openReader(at, from);
  const changes = watchFile(at);
  try {
    while (!signal.aborted) {
      // Before it is read: what is written meanwhile is seen.
      const change = changes.next(signal);
      const lines = reader.next();
      if (lines.length > 0) yield lines;
      else await change;
    }
  } finally {
    changes.close();
    reader.close();
  }
}

interface Changes {
  /** Settles at the next change, after a while, or when `signal` is aborted. */
  readonly next: (signal: AbortSignal) => Promise<void>;
  readonly close: () => void;
}

function watchFile(at: string): Changes {
  const name = path.basename(at);
  let tell = (): void => undefined;
  const watcher = watchDirectory(path.dirname(at), (changed) => {
    if (changed === null || changed === name) tell();
  });
  let timer: NodeJS.Timeout | undefined;
  return {
    next: (signal) =>
      new Promise((resolve) => {
        tell();
        const over = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', over);
          resolve();
        };
        tell = over;
        timer = setTimeout(over, watcher === undefined ? LOOK_MS.untold : LOOK_MS.told);
        signal.addEventListener('abort', over, { once: true });
      }),
    close: () => {
      tell();
      watcher?.close();
    },
  };
}

/** undefined: the system does not watch it. */
function watchDirectory(directory: string, changed: (name: string | null) => void): fs.FSWatcher | undefined {
  try {
    const watcher = fs.watch(directory, (_event, name) => changed(name));
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    // There are no more watches to be had, or it is gone: it is looked at now and then.
    return undefined;
  }
}
