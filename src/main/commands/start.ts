// Owns: starting the daemon in a session of its own, and knowing whether it really runs.
// Leaves: what the new process does (background-entry.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import type { DaemonOptions } from '../daemon-context.ts';
import { DEBUGGER_NOWHERE } from '../host/no-debugger.ts';
import { openOwnFile } from '../instance/own-file.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { BACKGROUND_ENTRY } from '../places.ts';
import { UserError } from '../user-error.ts';
import { withMallocSettings } from './malloc-settings.ts';

/** What the new process says over its IPC channel, once. */
export type StartReport =
  | { readonly kind: 'ready'; readonly watched: number }
  | { readonly kind: 'failed'; readonly message: string; readonly exitStatus: 1 | 128 };

export type BackgroundOptions = Pick<DaemonOptions, 'remoteId' | 'replace' | 'logLevel' | 'cwd' | 'env'>;

/** Longer than `--replace` may take. */
const READY_WITHIN_MS = 60_000;

export interface Started {
  readonly pid: number | undefined;
  /** How many remotes it watches. */
  readonly watched: number;
}

/** Resolves once the daemon reads its control pipe. Throws a UserError that says why it does not. */
export async function startInBackground(
  directory: StateDirectory,
  options: BackgroundOptions,
  entry: string = BACKGROUND_ENTRY,
): Promise<Started> {
  const log = openOwnFile(directory.log, fs.constants.O_RDWR | fs.constants.O_APPEND);
  const logBytes = fs.fstatSync(log).size;
  try {
    const child = spawn(process.execPath, [...DEBUGGER_NOWHERE, entry, ...argumentsFor(options)], {
      cwd: options.cwd,
      env: withMallocSettings(options.env),
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    const outcome = await firstReport(child);
    if (outcome.kind === 'failed') throw new UserError(outcome.message, outcome.exitStatus);
    if (outcome.kind === 'ended') throw new UserError(`${outcome.how}${lastLine(log, logBytes)}`);
    child.disconnect();
    child.unref();
    return { pid: child.pid, watched: outcome.watched };
  } finally {
    fs.closeSync(log);
  }
}

const argumentsFor = ({ replace, remoteId, logLevel }: BackgroundOptions): string[] => [
  ...(replace ? ['--replace'] : []),
  ...(remoteId ? [`--remote-id=${remoteId}`] : []),
  ...(logLevel === 'debug' ? ['--verbose'] : logLevel === 'warn' ? ['--quiet'] : []),
];

type FirstReport = StartReport | { readonly kind: 'ended'; readonly how: string };

function firstReport(child: ChildProcess): Promise<FirstReport> {
  return new Promise((resolve) => {
    const ended = (how: string): void => settle({ kind: 'ended', how });
    const limit = setTimeout(() => {
      child.kill('SIGKILL');
      ended(`the daemon was not ready within ${READY_WITHIN_MS / 1000} s`);
    }, READY_WITHIN_MS);
    const settle = (outcome: FirstReport): void => {
      clearTimeout(limit);
      resolve(outcome);
    };
    child.once('message', (report: StartReport) => settle(report));
    child.once('error', (error) => ended(`the daemon cannot be started: ${error.message}`));
    child.once('exit', (status, signal) => ended(`the daemon ended (${signal ?? `status ${status}`})`));
  });
}

/** What the daemon last wrote since it was started: mostly why it ended. */
function lastLine(log: number, fromByte: number): string {
  const content = Buffer.alloc(Math.max(0, fs.fstatSync(log).size - fromByte));
  fs.readSync(log, content, 0, content.length, fromByte);
  const line = content.toString().trimEnd().split('\n').at(-1);
  return line ? `: ${line}` : ' before it was ready';
}
