// Owns: that STOP ends the built daemon where a thread of it hangs in the system, and that the next one begins in order.
// Leaves: the process that sees to it (test/main/instance/watchdog.test.ts).
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { makeRepo, makeScratch, makeServerRepo } from '../support/temp-repo.ts';

const PRELOAD = fileURLToPath(new URL('../support/hang-threads.cjs', import.meta.url));

test('a daemon of which a thread hangs is ended by STOP, after its last lines', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const clone = await makeRepo(scratch, 'clone');
  await clone.git('remote', 'add', 'origin', server.directory);
  const pipe = join(scratch.directory, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const env = { ...scratch.env, NODE_OPTIONS: `--require=${PRELOAD}`, HANG_IN: pipe };
  const daemon = startDaemon(onTestFinished, clone.directory, env);
  const isInOpen = (): boolean =>
    execFileSync('ps', ['-L', '-o', 'wchan:32=', '-p', String(daemon.pid)]).includes('wait_for_partner');
  await until('its thread hangs', isInOpen);
  daemon.send('STOP');
  // Nothing of it, nor what ended it, is left.
  expect(await daemon.gone()).toEqual({ status: null, signal: 'SIGKILL' });
  expect(daemon.stderr()).toMatch(/stopping: STOP[\s\S]*stopped\n$/);
  const next = startDaemon(onTestFinished, clone.directory, scratch.env);
  await next.line('DONESYNCING origin 1');
  next.send('STOP');
  expect(await next.gone()).toEqual({ status: 0, signal: null });
  expect(readFileSync(join(clone.directory, '.git/remote-daemon/lock'), 'utf8')).toBe('');
});
