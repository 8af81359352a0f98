// Owns: the log of the built program, as a person reads it: by remote, by time, by his pager, and how much it tells.
// Leaves: the lines (test/main/log), and how they are shown (test/main/commands/render-log.test.ts).
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createReleases } from '../support/at-end.ts';
import { PROGRAM, runProgram } from '../support/daemon.ts';
import { createLineLog, logLines, until } from '../support/next-line.ts';
import { isAlive } from '../support/processes.ts';
import { localScene } from '../support/scene.ts';
import { makeRepo, makeScratch, type Scratch, type TestRepo } from '../support/temp-repo.ts';

const releases = createReleases();
let scratch: Scratch;
let repo: TestRepo;
afterAll(() => releases.releaseAll());

const BEFORE = [
  '2025-01-01T12:00:00.000Z info  gone: connected',
  '2025-01-01T12:00:01.000Z warn  origin: fetch failed: away',
];

beforeAll(async () => {
  scratch = makeScratch(releases.atEnd);
  repo = await makeRepo(scratch, 'repo');
  await repo.git('remote', 'add', 'origin', '/nowhere');
  await repo.git('remote', 'add', 'quiet', '/nowhere');
  const folder = join(repo.directory, '.git/remote-daemon');
  mkdirSync(folder, { mode: 0o700 });
  const now = new Date().toISOString();
  writeFileSync(join(folder, 'daemon.log.1'), `${BEFORE.join('\n')}\n`);
  writeFileSync(join(folder, 'daemon.log'), `${now} info  daemon: runs\n${now} info  origin: connected\n`);
});

const log = (...args: readonly string[]) => runProgram(repo.directory, { ...scratch.env, TZ: 'UTC' }, 'log', ...args);

describe('the log', () => {
  test('is shown whole, in local time, to whoever is no terminal as well', async () => {
    const { stdout } = await log();
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 2)).toEqual([
      'Jan 01 2025 12:00:00 gone: connected',
      'Jan 01 2025 12:00:01 origin: warning: fetch failed: away',
    ]);
    expect(lines[3]).toMatch(/^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d origin: connected$/);
    expect(lines).toHaveLength(4);
  });

  test.each([
    [['-n', '1'], [/origin: connected$/]],
    [['-n0'], []],
    [['origin'], [/fetch failed: away$/, /origin: connected$/]],
    [['gone'], [/gone: connected$/]],
    [['quiet'], []],
    [
      ['daemon', 'gone'],
      [/gone: connected$/, /daemon: runs$/],
    ],
    [['--since=5m'], [/daemon: runs$/, /origin: connected$/]],
    [['--since=5m', 'origin'], [/origin: connected$/]],
    [
      ['--since', '2025-01-01T12:00:01Z', '--lines=2', 'origin'],
      [/fetch failed: away$/, /origin: connected$/],
    ],
  ])('with %s is those lines alone', async (args, expected) => {
    const { status, stdout } = await log(...args);
    expect(status).toBe(0);
    expect(stdout.split('\n').slice(0, -1)).toEqual(expected.map((line) => expect.stringMatching(line)));
  });

  test.each([
    [['orign'], 1, "error: there is no remote 'orign' here, and none was in the log; did you mean 'origin'?\n"],
    [['-f', 'xyzzy-plugh'], 1, "error: there is no remote 'xyzzy-plugh' here, and none was in the log\n"],
    [['--since=5'], 128, 'fatal: --since must be a span such as 5m'],
  ])('with %s says what is wrong', async (args, status, said) => {
    const told = await log(...args);
    expect(told).toMatchObject({ status, stdout: '' });
    expect(told.stderr).toContain(said);
  });

  test('is followed from its last lines, of one remote', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'log', '-f', 'origin'], { cwd: repo.directory, env: scratch.env });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lines = createLineLog('log -f');
    logLines(child.stdout, lines);
    await lines.next(/origin: connected$/);
    const at = `${new Date().toISOString()} info `;
    const file = join(repo.directory, '.git/remote-daemon/daemon.log');
    const before = readFileSync(file);
    onTestFinished(() => writeFileSync(file, before));
    writeFileSync(file, `${at} daemon: is busy\n${at} origin: synced\n`, { flag: 'a' });
    await lines.next(/origin: synced$/);
    expect(lines.seen).toHaveLength(3);
  });
});

/** On a terminal of its own, as a person has one. */
async function onTerminal(
  env: Record<string, string>,
  command = `${process.execPath} ${PROGRAM} log`,
): Promise<string> {
  const options = { cwd: repo.directory, env: { ...scratch.env, TZ: 'UTC', TERM: 'xterm', ...env } };
  const { stdout } = await promisify(execFile)(
    'script',
    ['--quiet', '--return', '--command', command, '/dev/null'],
    options,
  );
  return stdout.replaceAll('\r', '');
}

describe('on a terminal', () => {
  const pager = (): string => `cat >${scratch.directory}/paged`;
  const paged = (): string => readFileSync(`${scratch.directory}/paged`, 'utf8');

  test.each([
    ['GIT_PAGER', () => ({ GIT_PAGER: pager(), PAGER: 'false' })],
    ['PAGER', () => ({ PAGER: pager() })],
    [
      'core.pager',
      () => ({ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'core.pager', GIT_CONFIG_VALUE_0: pager(), PAGER: 'false' }),
    ],
  ])('it goes through the pager of %s, with colours', async (_what, env) => {
    expect(await onTerminal(env())).toBe('');
    expect(paged()).toContain('Jan 01 2025 12:00:01 \u001b[33morigin: warning: fetch failed: away\u001b[39m\n');
  });

  test('a pager is told to quit where all fits, and to show colours', async () => {
    expect(await onTerminal({ GIT_PAGER: 'echo $LESS $LV; cat >/dev/null' })).toBe('FRX -c\n');
  });

  test.each([
    ['by GIT_PAGER=cat', { GIT_PAGER: 'cat' }, undefined],
    ['by an empty one', { GIT_PAGER: '' }, undefined],
    ['by --no-pager', { GIT_PAGER: 'false' }, `${process.execPath} ${PROGRAM} log --no-pager`],
    ['where it cannot be run', { GIT_PAGER: 'no-such-program 2>/dev/null' }, undefined],
  ])('there is none %s', async (_what, env, command) => {
    expect(await onTerminal({ ...env, NO_COLOR: '1' }, command)).toContain('origin: warning: fetch failed: away\n');
  });

  test.each(['true', 'false', 'head -n1 >/dev/null'])(
    'one that is left early, or fails, is no failure: %s',
    async (left) => {
      expect(await onTerminal({ GIT_PAGER: left })).toBe('');
    },
  );

  test('`git --no-pager` means it, too', async () => {
    const folder = join(scratch.directory, 'bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'git-remote-daemon'), `#!/bin/sh\nexec ${process.execPath} ${PROGRAM} "$@"\n`, {
      mode: 0o755,
    });
    const env = { PATH: `${folder}:${scratch.env.PATH}`, PAGER: 'false', NO_COLOR: '1' };
    expect(await onTerminal(env, 'git --no-pager remote-daemon log -n1')).toMatch(/^.* origin: connected\n$/);
  });
});

describe('a daemon', () => {
  test('tells as much as it is told to, also while it runs, and is named by its repository', async () => {
    const scene = await localScene(onTestFinished);
    const { clone, server } = scene;
    await clone.git('config', 'remotedaemon.logLevel', 'warn');
    const trace = join(scene.scratch.directory, 'trace');
    const env = { ...scene.scratch.env, GIT_TRACE: '1', GIT_TRACE_PACKET: '2', GIT_TRACE_SETUP: trace };
    const command = (...args: readonly string[]) => runProgram(clone.directory, env, ...args);
    const text = (): string => readFileSync(join(clone.directory, '.git/remote-daemon/daemon.log'), 'utf8');
    expect(await command('start')).toMatchObject({ status: 0 });
    const pid = Number(/^\d+/.exec(readFileSync(join(clone.directory, '.git/remote-daemon/pid'), 'utf8'))?.[0]);
    onTestFinished(() => command('stop').then(() => undefined));
    if (process.platform === 'linux') {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toMatch(`git-remote-daemon ${clone.directory}\0`);
      expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('git-remote-daem\n');
    }
    process.kill(pid, 'SIGUSR1');
    await until('what was asked for is told', () => text().includes('origin: sync '));
    await clone.git('config', 'remotedaemon.logLevel', 'debug');
    await until('it has read the config', () => text().includes('daemon: logLevel is debug from here on'));
    await server.pushCommit();
    // Other parts may say something in between, and a fetch that began before may end.
    const whole =
      / debug origin: fetch: queued → fetching, at 'started'\n.* debug origin: runs git .* debug origin: git fetch exited with 0 after \d+ ms\n/s;
    await until('git is told of', () => whole.test(text()));
    expect(text().split('logLevel is debug')[0]).not.toMatch(/ info {2}origin: connected/);
    expect(readFileSync(trace, 'utf8')).toContain('git_dir: ');
    await command('stop');
    expect(isAlive(pid)).toBe(false);
    expect(text()).not.toMatch(/trace: |packet: /);
  });

  test.each([
    ['-v', true],
    ['-q', false],
  ])('started with %s goes by that, whatever the config says', async (option, tells) => {
    const { clone, scratch: own } = await localScene(onTestFinished);
    await clone.git('config', 'remotedaemon.logLevel', tells ? 'error' : 'debug');
    await runProgram(clone.directory, own.env, 'start', option);
    await runProgram(clone.directory, own.env, 'stop');
    const text = readFileSync(join(clone.directory, '.git/remote-daemon/daemon.log'), 'utf8');
    expect(/ debug .*\n.* info {2}daemon: stopped\n$/s.test(text)).toBe(tells);
    expect(text.includes(' info ')).toBe(tells);
  });
});
