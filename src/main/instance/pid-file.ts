// Owns: the `pid` file, which says who the daemon is: for people, `stop` and `--replace`.
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

/** It holds three short lines. */
const MOST_BYTES = 4096;

const MODES: readonly DaemonMode[] = ['foreground', 'background', 'run'];

/**
 * Says that this process is the daemon: three lines, the pid first so that `head -n1` finds it. What it returns removes
 * the file, unless it is another daemon's by then.
 */
export async function writePidFile(directory: StateDirectory, mode: DaemonMode): Promise<() => void> {
  const started = (await startTimeOf(process.pid)) ?? '';
  const content = `${process.pid}\n${mode}\n${started}\n`;
  replaceOwnFile(directory.pid, content);
  return () => {
    if (readOwnText(directory.pid, MOST_BYTES) === content) removeOwnFile(directory.pid);
  };
}

/**
 * Who the file names, or undefined if that process has ended, its number is another's by now, or there is no file of
 * ours: it is information only.
 */
export async function readPidFile(directory: StateDirectory): Promise<DaemonProcess | undefined> {
  const content = readOwnText(directory.pid, MOST_BYTES) ?? '';
  const [number = '', word = '', started = ''] = content.split('\n');
  return livingProcess({ pid: /^[1-9]\d*$/.test(number) ? Number(number) : undefined, mode: word, started });
}

/** What was read of a process, if that is a daemon's and it lives. */
export async function livingProcess(read: {
  readonly pid: unknown;
  readonly mode: unknown;
  readonly started: unknown;
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
