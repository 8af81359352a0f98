// Owns: what holds for every child process: which exit counts, how its output is read, and signals to its whole group.
// Leaves: starting and ending it (main/git/run-git.ts, workers/run-command.ts, main/host/system-command.ts).
import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { gatherBytes } from '../gathered-bytes.ts';
import { errorCode } from './error-code.ts';

export interface Exit {
  /** Null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/**
 * When the process itself is gone. Not its `close`: whoever it started may hold its output for ever, as a ControlMaster
 * of ssh does. Never settles for one that could not be started.
 */
export function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once('exit', (status, signal) => resolve({ status, signal }));
  });
}

/**
 * When all that was said on these streams has been read. What a process wrote before it exited is there at once; only
 * somebody it left behind keeps them open, so this is to be waited for within a limit.
 */
export async function allSaid(streams: readonly Readable[]): Promise<void> {
  await Promise.all(streams.map(ended));
}

function ended(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableEnded || stream.closed) return resolve();
    for (const event of ['end', 'close', 'error']) stream.once(event, () => resolve());
  });
}

export interface Collected {
  /** As UTF-8. */
  readonly text: () => string;
  /** There was more. */
  readonly isCut: () => boolean;
}

/** The first bytes of a stream; the rest is read and dropped. */
export function collect(stream: Readable, mostBytes: number): Collected {
  const gathered = gatherBytes(mostBytes);
  stream.on('data', gathered.add);
  return {
    text: () => new TextDecoder('utf-8', { ignoreBOM: true }).decode(gathered.view()),
    isCut: () => gathered.totalBytes() > mostBytes,
  };
}

/** Signals everybody in a process group, or with 0 nobody; false if there is nobody who could be. */
export function signalGroup(pgid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pgid, signal);
  } catch (error) {
    // ESRCH: nobody is left. EPERM: only others' processes are, or (macOS) zombies.
    const code = errorCode(error);
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
