// Owns: the `pid` file, which says who the daemon is: for people, `stop` and `--replace`.
// Leaves: whether one runs at all: only the lock knows (lock.ts).
import fs from 'node:fs';
import type { DaemonMode } from '../../shared/status.ts';
import { startTimeOf } from '../host/process-identity.ts';
import { replaceFile, type StateDirectory } from './state-directory.ts';

export interface DaemonProcess {
  readonly pid: number;
  readonly mode: DaemonMode;
  /** See host/process-identity.ts. */
  readonly started: string;
}

const MODES: readonly DaemonMode[] = ['foreground', 'background', 'run'];

/** Says that this process is the daemon: three lines, the pid first so that `head -n1` finds it. */
export async function writePidFile(directory: StateDirectory, mode: DaemonMode): Promise<void> {
  const started = (await startTimeOf(process.pid)) ?? '';
  replaceFile(directory.pid, `${process.pid}\n${mode}\n${started}\n`);
}

/** Who the file names, or undefined if that process has ended, its number is another's by now, or there is no file. */
export async function readPidFile(directory: StateDirectory): Promise<DaemonProcess | undefined> {
  let content: string;
  try {
    content = fs.readFileSync(directory.pid, 'utf8');
  } catch {
    // Not there (yet): it is information only.
    return undefined;
  }
  const [number = '', word = '', started = ''] = content.split('\n');
  const pid = /^[1-9]\d*$/.test(number) ? Number(number) : undefined;
  const mode = MODES.find((known) => known === word);
  if (pid === undefined || mode === undefined) return undefined;
  const named = { pid, mode, started };
  return (await isAlive(named)) ? named : undefined;
}

/** Whether that very process is still there. */
export async function isAlive({ pid, started }: DaemonProcess): Promise<boolean> {
  return (await startTimeOf(pid)) === started;
}

/** Forgets this process. */
export function removePidFile(directory: StateDirectory): void {
  fs.rmSync(directory.pid, { force: true });
}
