// Owns: that STOP ends the built daemon where a thread of it hangs in the system, that the next one begins in order, and
// that what a thread ran is ended when that is.
// Leaves: the process that sees to it (test/main/instance/watchdog.test.ts).
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { startDaemon } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { isAlive } from '../support/processes.ts';
import { makeRepo, makeScratch, makeServerRepo } from '../support/temp-repo.ts';

const preloadOf = (name: string): string => fileURLToPath(new URL(`../support/${name}`, import.meta.url));
const PRELOAD = preloadOf('hang-threads.cjs');

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

test('a thread that is ended leaves no ssh program behind, though its server keep the connection open', async () => {
  const scratch = makeScratch(onTestFinished);
  const clone = await makeRepo(scratch, 'clone');
  const [ssh, pids] = [join(scratch.directory, 'my-ssh'), join(scratch.directory, 'pids')];
  const watches = `echo $$ >>${pids}; echo READY; exec sleep 600`;
  writeFileSync(ssh, `#!/bin/sh\ncase $* in *notifychanges*) ${watches} ;; esac\nexit 1\n`, { mode: 0o755 });
  await clone.git('remote', 'add', 'origin', 'ssh://host.invalid/place');
  await clone.git('config', 'core.sshCommand', `${ssh} -x`);
  await clone.git('config', 'ssh.variant', 'ssh');
  const env = { ...scratch.env, NODE_OPTIONS: `--require=${preloadOf('end-a-worker.cjs')}` };
  const daemon = startDaemon(onTestFinished, clone.directory, env);
  await daemon.line('CONNECTED origin');
  const [pid = ''] = readFileSync(pids, 'utf8').split('\n');
  const group = execFileSync('ps', ['-o', 'pgid=', '-p', pid], { encoding: 'utf8' }).trim();
  // So the next start knows of it as well.
  expect(readFileSync(join(clone.directory, '.git/remote-daemon/running'), 'utf8')).toContain(`${group} `);
  daemon.signal('SIGUSR2');
  await until('the ssh program is gone', () => !isAlive(Number(pid)));
  daemon.send('STOP');
  expect(await daemon.gone()).toEqual({ status: 0, signal: null });
});
