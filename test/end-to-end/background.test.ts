// Owns: the built daemon in the background: its commands, its pipes, and what a killed one leaves to the next.
// Leaves: the same protocol over stdio (foreground.test.ts).
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { errorCode } from '../../src/shared/system/error-code.ts';
import { within } from '../../src/shared/timing/within.ts';
import { PROGRAM, runProgram, startDaemon } from '../support/daemon.ts';
import { createLineLog, LIMIT_MS, type LineLog, logLines, until } from '../support/next-line.ts';
import { isAlive } from '../support/processes.ts';
import { embeddedScene, type Scene, untilRef } from '../support/scene.ts';
import type { SshPeer } from '../support/ssh-peer.ts';

interface Background extends Scene<SshPeer> {
  /** Runs a command of the program in the clone. */
  readonly command: (...args: readonly string[]) => ReturnType<typeof runProgram>;
  readonly folder: string;
}

async function backgroundScene(): Promise<Background> {
  const scene = await embeddedScene(onTestFinished);
  const command = (...args: readonly string[]) => runProgram(scene.clone.directory, scene.scratch.env, ...args);
  return { ...scene, command, folder: join(scene.clone.directory, '.git', 'remote-daemon') };
}

/** Reads the events pipe as `cat` does. */
function readEvents({ folder, scratch }: Background): LineLog {
  const cat = spawn('cat', [join(folder, 'events')], { env: scratch.env, stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createLineLog('events');
  logLines(cat.stdout, lines);
  return lines;
}

/** Writes to the control pipe as a person does. */
async function echo({ folder, scratch }: Background, order: string): Promise<void> {
  await promisify(execFile)('sh', ['-c', `echo ${order} > control`], { cwd: folder, env: scratch.env });
}

async function pidOfDaemon({ command }: Background): Promise<number> {
  const { pid }: { readonly pid: number } = JSON.parse((await command('status', '--json')).stdout);
  return pid;
}

/** A descriptor that a script has open for itself, such as that of its lock. */
const LENT = 40;

/** Starts it as a script does that has a pipe open beside 0, 1 and 2, and waits until nobody has that any more. */
async function startLending({ clone, scratch }: Background): Promise<void> {
  const stdio = [...Array(LENT).fill('ignore'), 'pipe'];
  const child = spawn(process.execPath, [PROGRAM, 'start'], { cwd: clone.directory, env: scratch.env, stdio });
  const lent = child.stdio.at(LENT);
  if (!(lent instanceof Readable)) throw new Error('there is no such pipe');
  lent.resume();
  const over = once(lent, 'end');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await within(over, LIMIT_MS)).toBe(true);
}

test('it is started, asked, listened to and stopped, and keeps nothing of who started it', async () => {
  const scene = await backgroundScene();
  await startLending(scene);
  const events = readEvents(scene);
  await events.next('CONNECTED origin');
  const status = await scene.command('status');
  expect(status).toMatchObject({ status: 0, stdout: expect.stringContaining('origin') });
  const tip = await scene.server.pushCommit();
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  const pid = await pidOfDaemon(scene);
  expect(await scene.command('stop')).toMatchObject({ status: 0 });
  expect(isAlive(pid)).toBe(false);
  await events.next('DISCONNECTED origin');
  expect([existsSync(join(scene.folder, 'control')), existsSync(join(scene.folder, 'events'))]).toEqual([false, false]);
  await until('no connection is left', () => scene.peer.connections() === 0);
  expect(await scene.command('log')).toMatchObject({ status: 0, stdout: expect.stringContaining(`pid ${pid}`) });
});

test.each([
  ['none', {}, ''],
  ["the user's own", { MALLOC_ARENA_MAX: '3' }, 'MALLOC_ARENA_MAX=3\n'],
])('of settings of malloc, a hook that its fetch runs inherits %s', async (_whose, own, inherited) => {
  const scene = await backgroundScene();
  const { clone, scratch } = scene;
  const told = join(scratch.directory, 'told');
  const hook = `#!/bin/sh\nenv | grep -E '^(MALLOC_|GLIBC_|GIT_REMOTE_DAEMON_MALLOC)' > '${told}.new'\nmv '${told}.new' '${told}'\n`;
  writeFileSync(join(clone.directory, '.git/hooks/reference-transaction'), hook, { mode: 0o755 });
  expect(await runProgram(clone.directory, { ...scratch.env, ...own }, 'start')).toMatchObject({ status: 0 });
  await scene.server.pushCommit();
  await until('the hook was run', () => existsSync(told));
  expect(readFileSync(told, 'utf8')).toBe(inherited);
});

test('a command with an option is obeyed where GIT_DIR is set, as by git --git-dir and by aliases in a linked work tree', async () => {
  const { scratch, clone, command } = await backgroundScene();
  await clone.git('worktree', 'add', '--quiet', '--detach', '../linked');
  const bin = join(scratch.directory, 'bin');
  mkdirSync(bin);
  symlinkSync(PROGRAM, join(bin, 'git-remote-daemon'));
  const env = { ...scratch.env, PATH: `${bin}:${scratch.env.PATH}` };
  expect(await command('start')).toMatchObject({ status: 0 });
  const calls = [
    { cwd: scratch.directory, args: ['--git-dir=clone/.git', 'remote-daemon', 'status', '--json'] },
    { cwd: `${scratch.directory}/linked`, args: ['-c', 'alias.how=remote-daemon status --json', 'how'] },
    { cwd: `${scratch.directory}/linked`, args: ['-c', 'alias.how=!git remote-daemon status --json', 'how'] },
  ];
  for (const { cwd, args } of calls) {
    const { stdout } = await promisify(execFile)('git', args, { cwd, env });
    expect(JSON.parse(stdout)).toMatchObject({ mode: 'background' });
  }
});

test('where none runs, the answer of the commands is no', async () => {
  const scene = await backgroundScene();
  for (const word of ['stop', 'status', 'pause', 'resume', 'reload']) {
    expect([word, (await scene.command(word)).status]).toEqual([word, 1]);
  }
});

test('what is started is said, and so is that one runs already; one that has to stay with its starter is refused', async () => {
  const scene = await backgroundScene();
  const { stdout } = await scene.command('start');
  expect(stdout).toMatch(/^started \(pid \d+\): watches 1 remote\n'git remote-daemon status' shows how it is\n$/);
  const already = { status: 0, stdout: `already running (pid ${await pidOfDaemon(scene)})\n`, stderr: '' };
  expect(await scene.command()).toEqual(already);
  for (const word of ['run', '--foreground']) {
    const refused = { status: 1, stderr: expect.stringContaining('already running (pid ') };
    expect(await scene.command(word)).toMatchObject(refused);
  }
});

test('--replace takes over', async () => {
  const scene = await backgroundScene();
  await scene.command('start');
  const first = await pidOfDaemon(scene);
  expect(await scene.command('start', '--replace')).toMatchObject({ status: 0 });
  expect(isAlive(first)).toBe(false);
  expect(await pidOfDaemon(scene)).not.toBe(first);
  await readEvents(scene).next('CONNECTED origin');
});

test('it obeys what is written to its pipe, and the commands that do the same', async () => {
  const scene = await backgroundScene();
  await scene.command('start');
  const events = readEvents(scene);
  await events.next('CONNECTED origin');
  await echo(scene, 'PAUSE');
  await events.next('DISCONNECTED origin');
  await scene.command('resume');
  await events.next('CONNECTED origin');
  await scene.command('pause');
  await events.next('DISCONNECTED origin');
  await echo(scene, 'RESUME');
  await events.next('CONNECTED origin');
  await scene.clone.git('remote', 'add', 'second', scene.peer.url(scene.server.directory));
  await scene.command('reload');
  await events.next('CONNECTED second');
  expect(events.count('DISCONNECTED origin')).toBe(2);
});

test('each reader of events who begins is first told what is connected: one after another, and beside another', async () => {
  const scene = await backgroundScene();
  await scene.command('start');
  const first = readEvents(scene);
  await first.next('CONNECTED origin');
  for (let readers = 0; readers < 12; readers += 1) {
    const { stdout } = await promisify(execFile)('head', ['-n', '1', 'events'], {
      cwd: scene.folder,
      timeout: LIMIT_MS,
    });
    expect(stdout).toBe('CONNECTED origin\n');
  }
  const second = readEvents(scene);
  await second.next('CONNECTED origin');
  await echo(scene, 'PAUSE');
  for (const lines of [first, second]) await lines.next('DISCONNECTED origin');
});

test('a daemon that was killed leaves nothing that stops the next', async () => {
  const scene = await backgroundScene();
  await scene.command('start');
  await until('it is connected', () => scene.peer.connections() === 1);
  const pid = await pidOfDaemon(scene);
  process.kill(pid, 'SIGKILL');
  await until('it is dead', () => !isAlive(pid));
  expect(await scene.command('status')).toMatchObject({ status: 1 });
  const tip = await scene.server.pushCommit();
  expect(await scene.command('start')).toMatchObject({ status: 0 });
  await untilRef(scene.clone, 'refs/remotes/origin/main', tip);
  await until('one connection is left', () => scene.peer.connections() === 1);
});

/** In the place of a file that the daemon may write at any moment, or has not written yet. */
function putDirectoryAt(path: string): void {
  for (;;) {
    rmSync(path, { force: true });
    try {
      mkdirSync(path);
      return;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

test('one that its parent controls is stopped by command, and cannot be paused so', async () => {
  const scene = await backgroundScene();
  const daemon = startDaemon(onTestFinished, scene.clone.directory, scene.scratch.env);
  await daemon.line('CONNECTED origin');
  expect(await scene.command('pause')).toMatchObject({ status: 1, stderr: expect.stringContaining('controlled') });
  // As on a full disk: what it would write of itself cannot be written.
  putDirectoryAt(join(scene.folder, 'state.json'));
  daemon.send('PAUSE');
  await daemon.line('DISCONNECTED origin');
  const { stdout } = await scene.command('status', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ pid: daemon.pid, held: 'paused' });
  expect(await scene.command('stop')).toMatchObject({ status: 0 });
  expect(await daemon.gone()).toEqual({ status: 0, signal: null });
});

test.each([
  ['origin', 'daemon::somewhere'],
  ['daemon::-h', '-h'],
])('git calling it as the transport of a remote %s at %s is refused', async (...call) => {
  const scene = await backgroundScene();
  const env = { ...scene.scratch.env, GIT_DIR: join(scene.clone.directory, '.git') };
  const refused = await runProgram(scene.clone.directory, env, ...call);
  expect(refused).toMatchObject({ status: 128, stdout: '', stderr: expect.stringMatching(/^fatal: [^\n]*\n$/) });
  expect(existsSync(scene.folder)).toBe(false);
});

test('SIGUSR1 writes all that is known of each remote into the log, and opens no debugger', async () => {
  const scene = await backgroundScene();
  await scene.command('start');
  await readEvents(scene).next('CONNECTED origin');
  const pid = await pidOfDaemon(scene);
  process.kill(pid, 'SIGUSR1');
  const logged = (): string => readFileSync(join(scene.folder, 'daemon.log'), 'utf8');
  await until('the remote is described', () => /origin: history /.test(logged()));
  for (const part of ['config', 'link {"kind":"connected"', 'rung', 'sync', 'push']) {
    expect(logged()).toContain(`origin: ${part}`);
  }
  expect(logged()).not.toMatch(/debugger/i);
  expect(await scene.command('stop')).toMatchObject({ status: 0 });
});
