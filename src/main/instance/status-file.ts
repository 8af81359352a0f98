// Owns: the file that `status` reads: written whole, soon after a change and not for each of many; and read.
// Leaves: what is in it (shared/status.ts), and who gathers that (supervisor).
import fs from 'node:fs';
import { type DaemonStatus, inThisForm } from '../../shared/status.ts';
import { reasonOf } from '../user-error.ts';
import { readOwnText, replaceOwnFile } from './own-file.ts';
import { type DaemonProcess, livingProcess } from './pid-file.ts';
import type { StateDirectory } from './state-directory.ts';

/**
 * Many remotes change at once when the daemon starts or stops; `status` may be this much behind. Replacing a file holds
 * up this thread for milliseconds on a busy disk.
 */
const QUIET_MS = 250;
/** So much it may be behind where nothing is different but when remotes last answered, or how far git is: each would write it else. */
export const AGES_MS = 60_000;
/** Two hundred remotes take about 200 KB. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface StatusWriter {
  /** Something that is shown is different. */
  readonly changed: () => void;
  readonly close: () => void;
}

export interface StatusWriterTools {
  readonly gather: () => DaemonStatus;
  readonly write: (status: DaemonStatus) => void;
  /** Called at the first failure, and not again before `works` was. */
  readonly fails: (why: string) => void;
  readonly works: () => void;
}

export function createStatusWriter({ gather, write, fails, works }: StatusWriterTools): StatusWriter {
  let timer: NodeJS.Timeout | undefined;
  let isFailing = false;
  let last: { readonly content: string; readonly atMs: number } | undefined;
  const writeNow = (): void => {
    timer = undefined;
    const status = gather();
    const [content, atMs] = [withoutAges(status), performance.now()];
    if (last && last.content === content && atMs < last.atMs + AGES_MS) return;
    try {
      write(status);
      last = { content, atMs };
      if (isFailing) works();
      isFailing = false;
    } catch (error) {
      // A full disk: what is kept is old then, and the next change is tried again.
      if (!isFailing) fails(reasonOf(error));
      isFailing = true;
    }
  };
  return {
    // The timer is not put off by later changes: a steady stream of them is shown too.
    changed: () => {
      timer ??= setTimeout(writeNow, QUIET_MS).unref();
    },
    close: () => {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

/** As one text. */
const withoutAges = (status: DaemonStatus): string =>
  JSON.stringify(status, (key, value: unknown) => (AGES.has(key) ? undefined : value));
const AGES: ReadonlySet<string> = new Set<keyof DaemonStatus['remotes'][number]>(['lastPoll', 'lastCheck', 'progress']);

/** Keeps what `status` is to tell. `started`: when the process did (host/process-identity.ts), where that is known. */
export function writeStatus(directory: StateDirectory, status: DaemonStatus, started?: string): void {
  const content: Kept = { ...status, ...(started !== undefined && { processStarted: started }) };
  replaceOwnFile(directory.status, `${JSON.stringify(content)}\n`);
}

type Kept = DaemonStatus & { readonly processStarted?: string };

/** Who wrote it, where that process lives: the pid file may have been removed. */
export async function readStatusProcess(directory: StateDirectory): Promise<DaemonProcess | undefined> {
  const kept = read(directory);
  if (kept?.processStarted === undefined) return undefined;
  return livingProcess({ pid: kept.pid, mode: kept.mode, started: kept.processStarted });
}

/** What the daemon (`pid`, if that is known) last wrote, and when; undefined if it has not written anything yet. */
export function readStatus(directory: StateDirectory, pid: number | undefined): DaemonStatus | undefined {
  const kept = read(directory);
  if (kept === undefined || (pid !== undefined && kept.pid !== pid)) return undefined;
  const { processStarted: _, ...status } = kept;
  const asOf = fs.lstatSync(directory.status, { throwIfNoEntry: false })?.mtime.toISOString();
  return { ...inThisForm(status), ...(asOf !== undefined && { asOf }) };
}

function read(directory: StateDirectory): Kept | undefined {
  try {
    return JSON.parse(readOwnText(directory.status, MOST_BYTES) ?? '');
  } catch {
    // Not written yet, or no file of ours, or by something else than writeStatus: there is nothing to tell either way.
    return undefined;
  }
}
