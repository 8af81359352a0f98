// Owns: our daemon in the background of a client's repository, as `start` makes it.
// Leaves: the one that its parent controls (competitors.ts).
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AtEnd } from '../support/at-end.ts';
import { runProgram } from '../support/daemon.ts';
import { createLineLog, logLines, until } from '../support/next-line.ts';
import { MARKER } from '../support/processes.ts';
import type { BenchClient } from './client.ts';
import { connectTimes, marked, type RunningDaemon } from './competitors.ts';

/** At the end it is killed with all it started. */
export async function startBackgrounded(atEnd: AtEnd, { repo, env }: BenchClient): Promise<RunningDaemon> {
  const id = randomUUID();
  const { pids } = marked(atEnd, id);
  const command = async (...words: readonly string[]): Promise<void> => {
    const { status, stderr } = await runProgram(repo.directory, { ...env, [MARKER]: id }, ...words);
    if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`);
  };
  const startedAtMs = performance.now();
  await command('start', '--remote-id=uri');
  const reader = spawn('cat', [join(repo.directory, '.git/remote-daemon/events')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  atEnd(() => void reader.kill());
  const lines = createLineLog('events');
  logLines(reader.stdout, lines);
  return {
    startedAtMs,
    lines,
    pids,
    connected: (remotes, limitMs) => connectTimes(lines, startedAtMs, remotes, limitMs),
    stop: async () => {
      await command('stop');
      await until('nothing of it is left running', () => pids().length === 0);
    },
  };
}
