// Owns: the commands that talk to the daemon that runs here, or about it: stop, pause, resume, reload, status, log.
// Leaves: reading the command line (command-line.ts), and being a daemon (daemon.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonStatus } from '../../shared/status.ts';
import {
  NONE_RUNS,
  pidOf,
  type Running,
  runningDaemon,
  stopDaemon,
  tellDaemon,
  tellRunning,
} from '../instance/running-daemon.ts';
import { findStateDirectory, type StateDirectory } from '../instance/state-directory.ts';
import { readStatus } from '../instance/status-file.ts';
import { UserError } from '../user-error.ts';
import { renderStatus } from './render-status.ts';
import { followLog, readLog } from './show-log.ts';
import { findCommonDirectory } from './this-repository.ts';

/** Writes to stdout. */
export type Print = (text: string | Uint8Array) => void;

/** A daemon that has only just started has told nothing yet. */
const STATUS_WITHIN_MS = 2_000;
const AGAIN_MS = 50;

export type Order = 'pause' | 'resume' | 'reload';

/** Tells the daemon at `cwd`. Throws a UserError (1) if none listens. */
export async function giveOrder(order: Order): Promise<void> {
  const directory = await findDirectory();
  if (directory && tellDaemon(directory, order.toUpperCase()) === 'told') return;
  const running = directory && (await runningDaemon(directory));
  if (!directory || !running) throw new UserError(NONE_RUNS, 1);
  if (running.kind === 'named' && running.mode === 'foreground') {
    throw new UserError(`the daemon${pidOf(running)} is controlled by the program that started it`, 1);
  }
  await tellRunning(directory, running, order.toUpperCase());
}

/** Stops the daemon and returns once it is gone. */
export async function stop(): Promise<void> {
  const { directory, running } = await findDaemon();
  await stopDaemon(directory, running);
}

/** Prints how the daemon is doing. Returns the exit status: 1 if none runs, which is printed as well. */
export async function showStatus(json: boolean, print: Print): Promise<0 | 1> {
  const directory = await findDirectory();
  const running = directory && (await runningDaemon(directory));
  if (!directory || !running) {
    print(json ? 'null\n' : `${NONE_RUNS}\n`);
    return 1;
  }
  const status = await statusOf(directory, running);
  print(json ? `${JSON.stringify(status, null, 2)}\n` : renderStatus(status, Date.now()));
  return 0;
}

/** Prints the log; with `follow`, until `signal` is aborted. Throws a UserError (1) if there is none to print. */
export async function showLog(follow: boolean, print: Print, signal: AbortSignal): Promise<void> {
  const directory = await findDirectory();
  const text = directory && readLog(directory.log);
  if (!directory || (text === undefined && !follow)) throw new UserError('there is no log here', 1);
  if (follow) await followLog(directory.log, print, signal);
  else print(text ?? '');
}

async function findDirectory(): Promise<StateDirectory | undefined> {
  return findStateDirectory(await findCommonDirectory(process.cwd(), process.env));
}

async function findDaemon(): Promise<{ directory: StateDirectory; running: Running }> {
  const directory = await findDirectory();
  const running = directory && (await runningDaemon(directory));
  if (!directory || !running) throw new UserError(NONE_RUNS, 1);
  return { directory, running };
}

async function statusOf(directory: StateDirectory, running: Running): Promise<DaemonStatus> {
  const giveUpAt = performance.now() + STATUS_WITHIN_MS;
  for (;;) {
    const status = readStatus(directory, running.kind === 'named' ? running.pid : undefined);
    if (status) return status;
    if (performance.now() > giveUpAt) {
      throw new UserError(`the daemon${pidOf(running)} is running but has told nothing yet: try again`);
    }
    await sleep(AGAIN_MS);
  }
}
