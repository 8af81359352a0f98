// Owns: dealing with the daemon that runs here already: finding it, telling it something, stopping it, taking over.
// Leaves: the lock and the pid file (lock.ts, pid-file.ts), and how it stops (daemon.ts).
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonMode } from '../../shared/status.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import { openFifo } from '../host/fifo.ts';
import { ANOTHER_DAEMON } from '../patience.ts';
import { UserError } from '../user-error.ts';
import { isLocked, type Lock, takeLock } from './lock.ts';
import { type DaemonProcess, isAlive, readPidFile } from './pid-file.ts';
import { pipesOf } from './pipes-place.ts';
import type { StateDirectory } from './state-directory.ts';
import { readStatus, readStatusProcess } from './status-file.ts';

/** `unnamed`: one runs, but has not said who it is, or lives where its process cannot be seen (another container). */
export type Running = ({ readonly kind: 'named' } & DaemonProcess) | { readonly kind: 'unnamed' };

const NAMED_WITHIN_MS = 500;
/** Between its lock and its pipe a daemon reads its config, and ends what a killed one left. */
const PIPE_WITHIN_MS = 5_000;
const AGAIN_MS = 50;

export const NONE_RUNS = 'no daemon is running here';
const ANEW = "'git remote-daemon stop', then start it again";

/** The daemon that runs here, or undefined. */
export async function runningDaemon(directory: StateDirectory): Promise<Running | undefined> {
  const giveUpAt = performance.now() + NAMED_WITHIN_MS;
  while (await isLocked(directory)) {
    const named = (await readPidFile(directory)) ?? (await readStatusProcess(directory));
    if (named) return { kind: 'named', ...named };
    if (performance.now() > giveUpAt) return { kind: 'unnamed' };
    await sleep(AGAIN_MS);
  }
  return undefined;
}

/** Takes the lock, if need be from another. Throws a UserError: `already running` (1), or it would not go (128). */
export async function acquireLock(directory: StateDirectory, mode: DaemonMode, replace: boolean): Promise<Lock> {
  const lock = await takeLock(directory, mode);
  if (lock !== 'held') return lock;
  const running = await runningDaemon(directory);
  if (running && !replace) throw alreadyRunning(running, mode);
  if (running) await stopDaemon(directory, running);
  const second = await takeLock(directory, mode);
  if (second === 'held') throw new UserError('another daemon was faster: try again', 1);
  return second;
}

/** What a second one is told; `mode` is the one it was started in. */
export function alreadyRunning(running: Running, mode: DaemonMode): UserError {
  return new UserError(`already running${pidOf(running)}; to take over: git remote-daemon ${WORDS[mode]} --replace`, 1);
}

const WORDS = { background: 'start', run: 'run', foreground: '--foreground' } as const satisfies Record<
  DaemonMode,
  string
>;

/** Stops a daemon, if need be by force, and waits until it is gone. Throws a UserError if it does not go. */
export async function stopDaemon(directory: StateDirectory, running: Running): Promise<'stopped' | 'killed'> {
  askToStop(directory, running);
  if (await gone(directory, running, ANOTHER_DAEMON.obeyedMs)) return 'stopped';
  if (running.kind === 'unnamed') throw new UserError(`${UNSTOPPED}, and which process it is is not known`);
  await signal(running, 'SIGTERM');
  if (await gone(directory, running, ANOTHER_DAEMON.signalledMs)) return 'stopped';
  // Its main thread hangs: nothing of it will end by itself.
  await signal(running, 'SIGKILL');
  if (await gone(directory, running, ANOTHER_DAEMON.killedMs)) return 'killed';
  throw new UserError(`the daemon${pidOf(running)} that runs here could not be stopped`);
}

const UNSTOPPED = `the daemon that runs here did not stop within ${ANOTHER_DAEMON.obeyedMs / 1000} s`;

/** Writes a line to the daemon's control pipe. `nobody`: none has it open; `unread`: it is full, or broken. */
export function sendToDaemon(directory: StateDirectory, line: string): 'sent' | 'nobody' | 'unread' {
  const descriptor = openFifo(pipesOf(directory).control, fs.constants.O_WRONLY);
  if (typeof descriptor !== 'number') return 'nobody';
  try {
    // Another writer may have left half a line: it is ended, and this one begins anew.
    fs.writeSync(descriptor, `\n${line}\n`);
    return 'sent';
  } catch (error) {
    return errorCode(error) === 'EPIPE' ? 'nobody' : 'unread';
  } finally {
    fs.closeSync(descriptor);
  }
}

/** It has told how it is: what it can be asked and told by it has made before that, or cannot make. */
export const isStarted = (directory: StateDirectory, running: Running): boolean =>
  running.kind === 'named' && readStatus(directory, running.pid) !== undefined;

/** Tells one that may be only just starting, or stopping. Throws a UserError that says what helps where it cannot. */
export async function sendToRunning(directory: StateDirectory, running: Running, line: string): Promise<void> {
  const giveUpAt = performance.now() + PIPE_WITHIN_MS;
  for (;;) {
    const isLast = isStarted(directory, running) || performance.now() > giveUpAt;
    const outcome = sendToDaemon(directory, line);
    if (outcome === 'sent') return;
    if (outcome === 'unread') throw new UserError(`the daemon${pidOf(running)} does not read its pipe: ${ANEW}`);
    if (!(await isLocked(directory))) throw new UserError(NONE_RUNS, 1);
    if (isLast) {
      throw new UserError(`the control pipe of the daemon${pidOf(running)} was removed: ${ANEW}`, 1);
    }
    await sleep(AGAIN_MS);
  }
}

/** ` (pid N)`, or nothing where it is not known. */
export const pidOf = (running: Running): string => (running.kind === 'named' ? ` (pid ${running.pid})` : '');

function askToStop(directory: StateDirectory, running: Running): void {
  const hasPipe = running.kind === 'unnamed' || running.mode !== 'foreground';
  // A daemon that is only just starting has no pipe yet, and somebody may have removed it.
  if (hasPipe && sendToDaemon(directory, 'STOP') === 'sent') return;
  if (running.kind === 'named') send(running, 'SIGTERM');
}

/** Asked anew at each signal whether it is still that process. */
async function signal(running: DaemonProcess, name: NodeJS.Signals): Promise<void> {
  if (await isAlive(running)) send(running, name);
}

function send({ pid }: DaemonProcess, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EPERM') throw new UserError(`the daemon (pid ${pid}) runs as another user: stop it as that user`);
    if (code !== 'ESRCH') throw error;
  }
}

/** Whether lock and process are gone within a limit. */
async function gone(directory: StateDirectory, running: Running, limitMs: number): Promise<boolean> {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const ended = running.kind === 'unnamed' || !(await isAlive(running));
    if (ended && !(await isLocked(directory))) return true;
    if (performance.now() > giveUpAt) return false;
    await sleep(AGAIN_MS);
  }
}
