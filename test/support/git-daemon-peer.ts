// Owns: `git daemon` on a loopback port, which serves a scratch directory to everybody, and can stop and come back.
// Leaves: the repositories (temp-repo.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';
import { createLineLog, logLines } from './next-line.ts';
import { killQuietly } from './processes.ts';
import type { Scratch } from './temp-repo.ts';

const HOST = '127.0.0.1';

export interface GitDaemonPeer {
  /** `git://host:port/name.git`, for a repository in the scratch directory. */
  readonly url: (directory: string) => string;
  readonly stop: () => Promise<void>;
  /** Listens again, on the same port. */
  readonly start: () => Promise<void>;
}

export async function startGitDaemon(atEnd: AtEnd, scratch: Scratch): Promise<GitDaemonPeer> {
  const port = await freePort(HOST);
  const options = [`--base-path=${scratch.directory}`, '--export-all', '--reuseaddr', '--verbose'];
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const log = createLineLog('git daemon');
    const args = ['daemon', ...options, `--listen=${HOST}`, `--port=${port}`, scratch.directory];
    // A group of its own: the daemon is a child of git.
    const started = spawn('git', args, { env: scratch.env, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    child = started;
    logLines(started.stderr, log);
    await log.next(/Ready to rumble/);
  };
  const stop = async (): Promise<void> => {
    const ending = child;
    child = undefined;
    if (ending?.pid === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    killQuietly(-ending.pid);
    await exited;
  };
  atEnd(stop);
  await start();
  return { url: (directory) => `git://${HOST}:${port}${directory.slice(scratch.directory.length)}`, stop, start };
}
