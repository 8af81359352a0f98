// Owns: the `pid` file, which says who the daemon is, and the file beside it, which says the rest: for people, `stop` and `--replace`.
// Leaves: whether one runs at all: only the lock knows (lock.ts).
import type { DaemonMode } from '../../shared/status.ts';
import { startTimeOf } from '../host/process-identity.ts';
import { readOwnText, removeOwnFile, replaceOwnFile } from './own-file.ts';
import type { StateDirectory } from './state-directory.ts';

export interface DaemonProcess {
  readonly pid: number;
  readonly mode: DaemonMode;
  /** See host/process-identity.ts. */
  readonly started: string;
}

const MOST_BYTES = 16_384;

const MODES: readonly DaemonMode[] = ['foreground', 'background', 'run'];

/** What stands beside the pid file, for this program. */
interface Kept extends DaemonProcess {
  /** The words it was started with, for whoever starts the next one alike. */
  readonly words: readonly string[];
}

/**
 * Says that this process is the daemon: its number alone, for scripts, and all else in a file beside that. What it returns
 * removes both, unless they are another daemon's by then.
 */
export async function writePidFile(directory: StateDirectory, mode: DaemonMode): Promise<() => void> {
  const started = (await startTimeOf(process.pid)) ?? '';
  const kept: Kept = { pid: process.pid, mode, started, words: process.argv.slice(2) };
  const files = [
    [directory.process, `${JSON.stringify(kept)}\n`],
    [directory.pid, `${process.pid}\n`],
  ] as const;
  for (const [file, content] of files) replaceOwnFile(file, content);
  return () => {
    for (const [file, content] of files) if (readOwnText(file, MOST_BYTES) === content) removeOwnFile(file);
  };
}

/**
 * Who the files name, or undefined if that process has ended, its number is another's by now, or there is no file of
 * ours: it is information only. Before there were two files the first held a line each for number, mode and start.
 */
export async function readPidFile(directory: StateDirectory): Promise<DaemonProcess | undefined> {
  const beside = await livingProcess(keptBeside(directory));
  if (beside) return beside;
  const content = readOwnText(directory.pid, MOST_BYTES) ?? '';
  const [number = '', word = '', started = ''] = content.split('\n');
  return livingProcess({ pid: /^[1-9]\d*$/.test(number) ? Number(number) : undefined, mode: word, started });
}

/** The words that daemon was started with; none where they are not known. */
export function wordsOf(directory: StateDirectory, { pid, started }: DaemonProcess): readonly string[] {
  const kept = keptBeside(directory);
  if (kept.pid !== pid || kept.started !== started || !Array.isArray(kept.words)) return [];
  return kept.words.filter((word) => typeof word === 'string');
}

type Read = { readonly [Key in keyof Kept]?: unknown };

function keptBeside(directory: StateDirectory): Read {
  try {
    const read: Read | null = JSON.parse(readOwnText(directory.process, MOST_BYTES) ?? '');
    return read ?? {};
  } catch {
    // Not written yet, or by something else.
    return {};
  }
}

/** What was read of a process, if that is a daemon's and it lives. */
export async function livingProcess(read: {
  readonly pid?: unknown;
  readonly mode?: unknown;
  readonly started?: unknown;
}): Promise<DaemonProcess | undefined> {
  const { pid, started } = read;
  const mode = MODES.find((known) => known === read.mode);
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 1) return undefined;
  if (mode === undefined || typeof started !== 'string') return undefined;
  const named = { pid, mode, started };
  return (await isAlive(named)) ? named : undefined;
}

/** Whether that very process is still there. */
export async function isAlive({ pid, started }: DaemonProcess): Promise<boolean> {
  return (await startTimeOf(pid)) === started;
}
