import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createLineLog, logLines, until } from '../support/next-line.ts';
import { makePlace, type Place, poseReady } from './instance/posing-daemon.ts';

const CLI = fileURLToPath(new URL('../../dist/main/cli.js', import.meta.url));

interface Result {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

function start(place: Place, args: readonly string[], env = {}, cwd = place.repo.directory): ChildProcess {
  const child = spawn(process.execPath, [CLI, ...args], { cwd, env: { ...place.scratch.env, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function run(place: Place, line: string, env = {}, cwd = place.repo.directory): Promise<Result> {
  const child = start(place, line === '' ? [] : line.split(' '), env, cwd);
  const [out, err] = [gather(child.stdout), gather(child.stderr)];
  const [status] = await once(child, 'close');
  return { status, out: out(), err: err() };
}

function gather(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.on('data', (chunk) => {
    text += chunk;
  });
  return () => text;
}

describe('the command', () => {
  test('says its version and its help on stdout', async () => {
    const place = await makePlace();
    expect(await run(place, '--version')).toEqual({ status: 0, out: 'git-remote-daemon version 0.1.0\n', err: '' });
    const help = await run(place, '-h');
    expect([help.status, help.err, help.out.slice(0, 24)]).toEqual([0, '', 'usage: git remote-daemon']);
  });

  test('says on stderr how it is used when it is used wrongly', async () => {
    const { status, out, err } = await run(await makePlace(), 'frobnicate');
    expect([status, out]).toEqual([129, '']);
    expect(err).toMatch(/^error: there is no command 'frobnicate'\nusage: [^\n]*\n[^\n]* help'[^\n]*\n$/);
  });

  test('refuses to be a remote helper before all else, silent on stdout', async () => {
    const place = await makePlace();
    const { status, out, err } = await run(place, 'origin x', { GIT_DIR: place.commonDir });
    expect([status, out]).toEqual([128, '']);
    expect(err).toMatch(/^fatal: git-remote-daemon is no transport [^\n]*\n$/);
  });

  test.each([
    ['status', 1, 'no daemon is running here\n', ''],
    ['status --json', 1, '{\n  "version": 1,\n  "running": false\n}\n', ''],
    ['status --short', 1, '', ''],
    ['pause', 1, '', 'error: no daemon is running here\n'],
    ['resume', 1, '', 'error: no daemon is running here\n'],
    ['reload', 1, '', 'error: no daemon is running here\n'],
    ['stop', 1, '', 'error: no daemon is running here\n'],
    ['log', 1, '', 'error: there is no log here\n'],
  ])('%s answers no where none runs, and leaves nothing behind', async (line, status, out, err) => {
    const place = await makePlace();
    expect(await run(place, line)).toEqual({ status, out, err });
    expect(fs.existsSync(place.directory.path)).toBe(false);
  });

  test('answers no as well where one was killed', async () => {
    const place = await makePlace();
    const { child, exited } = await poseReady(place, 'run');
    child.kill('SIGKILL');
    await exited;
    for (const line of ['status', 'pause', 'stop']) expect(await run(place, line)).toMatchObject({ status: 1 });
  });

  test.each(['status', 'pause', 'stop', 'log', 'start', 'run', '--foreground'])(
    '%s outside of a repository is fatal',
    async (line) => {
      const place = await makePlace();
      const { status, out, err } = await run(place, line, {}, place.scratch.directory);
      expect([status, out]).toEqual([128, '']);
      expect(err).toBe(`fatal: ${place.scratch.directory} is not in a git repository; run this inside one\n`);
    },
  );

  test.each(['status', 'start', 'run'])(
    '%s where nothing can be named says so in one line, and leaves nothing',
    async (line) => {
      const place = await makePlace();
      const { directory } = place.scratch;
      const from = async (script: string): Promise<Result> => {
        const child = spawn('sh', ['-c', `${script}; exec "$@"`, 'sh', process.execPath, CLI, line], {
          cwd: directory,
          env: place.scratch.env,
        });
        const [out, err] = [gather(child.stdout), gather(child.stderr)];
        const [status] = await once(child, 'close');
        return { status, out: out(), err: err() };
      };
      expect(await from('mkdir gone; cd gone; rmdir ../gone')).toEqual({
        status: 128,
        out: '',
        err: 'fatal: the directory that this was started in was removed: cd to another one\n',
      });
      const latin1 = await from(String.raw`d=$(printf 'caf\351'); mkdir "$d"; cd "$d"; git init -q`);
      expect(latin1).toMatchObject({
        status: 128,
        out: '',
        err: expect.stringMatching(/^fatal: the path .* is not UTF-8.*\n$/),
      });
      const led = await from(String.raw`mkdir led; cd led; printf 'gitdir: ../caf\351/.git' > .git`);
      expect(led).toMatchObject({
        status: 128,
        out: '',
        err: expect.stringMatching(/^fatal: the path .* is not UTF-8.*\n$/),
      });
      expect(fs.readdirSync(Buffer.from(`${directory}/caf\xe9/.git`, 'latin1'))).not.toContain('remote-daemon');
    },
  );

  test('run where nothing can be named ends, though others have its stdin, too', async () => {
    const { scratch } = await makePlace();
    const script = 'mkdir gone; cd gone; rmdir ../gone; sleep 300 & exec "$@"';
    const child = spawn('sh', ['-c', script, 'sh', process.execPath, CLI, 'run'], {
      cwd: scratch.directory,
      env: scratch.env,
      detached: true,
    });
    onTestFinished(() => void process.kill(-(child.pid ?? 0), 'SIGKILL'));
    const err = gather(child.stderr);
    expect(await once(child, 'exit')).toEqual([128, null]);
    await until('it has said why', () => err().includes('was removed'));
  });

  test('refuses a state directory that others can get at', async () => {
    const place = await makePlace();
    fs.mkdirSync(place.directory.path, { mode: 0o755 });
    for (const line of ['status', 'pause', 'stop', 'start']) {
      expect(await run(place, line)).toMatchObject({ status: 128, err: expect.stringMatching(/^fatal: .*chmod 700/) });
    }
  });

  test('tells the daemon, from a linked work tree too', async () => {
    const place = await makePlace();
    const { lines } = await poseReady(place, 'background');
    await place.repo.git('commit', '--quiet', '--allow-empty', '-m', 'first');
    await place.repo.git('worktree', 'add', '--quiet', '../linked');
    const linked = `${place.scratch.directory}/linked`;
    expect(await run(place, 'pause')).toEqual({ status: 0, out: '', err: '' });
    expect(await run(place, 'resume', {}, linked)).toEqual({ status: 0, out: '', err: '' });
    expect(await run(place, 'reload', { GIT_DIR: '.git' })).toEqual({ status: 0, out: '', err: '' });
    await lines.next('asked to pause');
    await lines.next('asked to resume');
    await lines.next('asked to reload');
  });

  test('tells the daemon by its pipe where it has no socket, as that of an earlier version is not asked', async () => {
    const place = await makePlace();
    const { lines } = await poseReady(place, 'run', 'no-answer');
    expect(await run(place, 'pause')).toEqual({ status: 0, out: '', err: '' });
    await lines.next('told PAUSE');
  });

  test('asks a daemon of an earlier version how it is, tells it what that understands, and says what it does not', async () => {
    const place = await makePlace();
    const { pid, lines } = await poseReady(place, 'background', 'tells-all');
    expect(JSON.parse((await run(place, 'status --json')).out)).toMatchObject({ pid, programVersion: '0.0.0' });
    const why = `the daemon (pid ${pid}) is of version 0.0.0, which cannot do that: 'git remote-daemon restart'`;
    for (const line of ['fetch', 'wait origin', 'watch origin', 'pause origin'])
      expect([line, await run(place, line)]).toEqual([line, { status: 128, out: '', err: `fatal: ${why}\n` }]);
    expect(await run(place, 'reload')).toEqual({ status: 0, out: '', err: '' });
    await lines.next('told RELOAD');
  });

  test('says that a daemon without a socket cannot be asked', async () => {
    const place = await makePlace();
    const { pid } = await poseReady(place, 'background', 'no-answer');
    const why = `the daemon (pid ${pid}) has no socket to be asked by, as its log says: 'git remote-daemon restart'`;
    expect(await run(place, 'fetch')).toEqual({ status: 128, out: '', err: `fatal: ${why}\n` });
  });

  test('says how the daemon is, and stops it', async () => {
    const place = await makePlace();
    const { pid } = await poseReady(place, 'run', 'old');
    const versions = "version 0.0.0 runs, and 0.1.0 is installed: 'git remote-daemon start --replace' runs that";
    expect(await run(place, 'status')).toEqual({ status: 0, out: `no remotes\n${versions}\n`, err: '' });
    expect((await run(place, 'status -v')).out).toContain(`running (pid ${pid}) for `);
    const installed = { version: 1, running: true, programVersion: '0.0.0', installed: '0.1.0' };
    expect(JSON.parse((await run(place, 'status --json')).out)).toMatchObject({ pid, ...installed, remotes: [] });
    expect(await run(place, 'start')).toEqual({ status: 0, out: `already running (pid ${pid})\n`, err: '' });
    const err = `error: already running (pid ${pid}); to take over: git remote-daemon run --replace\n`;
    expect(await run(place, 'run')).toEqual({ status: 1, out: '', err });
    expect(await run(place, 'stop')).toEqual({ status: 0, out: '', err: '' });
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });

  test('says how the daemon is where only what it wrote can be read, and that this is old', async () => {
    const place = await makePlace();
    const { pid } = await poseReady(place, 'run', 'no-answer');
    expect(await run(place, 'status')).toEqual({
      status: 0,
      out: expect.stringMatching(/^no remotes\n(?:.*\n)*it does not answer: this is what it wrote .*$/m),
      err: '',
    });
    expect(JSON.parse((await run(place, 'status --json')).out)).toMatchObject({ pid, asOf: expect.any(String) });
  });

  test('finds, asks and stops the daemon where the config is broken, and starts none', async () => {
    const place = await makePlace();
    const { pid } = await poseReady(place, 'run');
    fs.writeFileSync(`${place.commonDir}/config`, '[remote "x"\n');
    const out = expect.stringContaining(`running (pid ${pid})`);
    expect(await run(place, 'status -v')).toEqual({ status: 0, out, err: '' });
    expect(await run(place, 'start')).toMatchObject({ status: 128, err: expect.stringContaining('bad config') });
    expect(await run(place, 'stop')).toEqual({ status: 0, out: '', err: '' });
  });

  test('says why a start failed, in the log as any other event', async () => {
    const place = await makePlace();
    await place.repo.git('config', 'remotedaemon.workers', 'many');
    const why = 'remotedaemon.workers is "many": write a plain number from 1 to 1000';
    expect(await run(place, 'start')).toEqual({ status: 128, out: '', err: `fatal: ${why}\n` });
    const log = fs.readFileSync(place.directory.log, 'utf8');
    expect(log).toMatch(/^\d{4}-\S+Z error daemon: it did not start: [^\n]*\n$/m);
    expect(log).toContain(why);
  });

  test('leaves a daemon with a parent to its parent, but stops it', async () => {
    const place = await makePlace();
    const { pid, lines } = await poseReady(place, 'foreground', 'no-answer');
    for (const line of ['pause', 'resume', 'reload']) {
      const err = `error: the daemon (pid ${pid}) is controlled by the program that started it\n`;
      expect(await run(place, line)).toEqual({ status: 1, out: '', err });
    }
    expect(await run(place, 'stop')).toMatchObject({ status: 0 });
    await lines.next('told SIGTERM');
  });

  test('says what helps where the pipe was removed, and still stops the daemon', async () => {
    const place = await makePlace();
    const { pid } = await poseReady(place, 'background', 'no-answer');
    fs.rmSync(place.directory.control);
    const advice = "'git remote-daemon stop', then start it again";
    expect(await run(place, 'pause')).toEqual({
      status: 1,
      out: '',
      err: `error: the control pipe of the daemon (pid ${pid}) was removed: ${advice}\n`,
    });
    expect(await run(place, 'stop')).toEqual({ status: 0, out: '', err: '' });
  });

  test.skipIf(!fs.existsSync('/dev/full'))('fails where its output cannot be written', async () => {
    const place = await makePlace();
    await poseReady(place, 'background');
    for (const line of ['status', 'status --json', 'log', '-h']) {
      const full = fs.openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [CLI, ...line.split(' ')], {
        cwd: place.repo.directory,
        env: place.scratch.env,
        stdio: ['ignore', full, 'pipe'],
      });
      fs.closeSync(full);
      const err = gather(child.stderr);
      const [status] = await once(child, 'close');
      expect([line, status, err()]).toEqual([line, 128, 'fatal: cannot write the output: no space left on device\n']);
    }
  });

  test.skipIf(!fs.existsSync('/dev/full'))(
    'ends as it would where what it complains of cannot be written',
    async () => {
      const { repo, scratch } = await makePlace();
      for (const [line, status] of [
        ['status', 1],
        ['log origin --since=whenever', 128],
        ['no-such-command', 129],
      ] as const) {
        const full = fs.openSync('/dev/full', 'w');
        const child = spawn(process.execPath, [CLI, ...line.split(' ')], {
          cwd: repo.directory,
          env: scratch.env,
          stdio: ['ignore', 'ignore', full],
        });
        fs.closeSync(full);
        expect([line, ...(await once(child, 'close'))]).toEqual([line, status, null]);
      }
    },
  );

  test('is quiet where its reader has seen enough', async () => {
    const place = await makePlace();
    await poseReady(place, 'run');
    const child = start(place, ['status']);
    const err = gather(child.stderr);
    child.stdout?.destroy();
    expect([await once(child, 'close'), err()]).toEqual([[0, null], '']);
  });

  test.skipIf(process.getuid?.() === 0)('says plainly that it may not write to the repository', async () => {
    const place = await makePlace();
    fs.chmodSync(place.commonDir, 0o500);
    onTestFinished(() => fs.chmodSync(place.commonDir, 0o700));
    const err = `fatal: cannot make ${place.directory.path}: permission denied\n`;
    expect(await run(place, 'start')).toEqual({ status: 128, out: '', err });
  });

  test('says so if the daemon has told nothing yet', async () => {
    const place = await makePlace();
    await poseReady(place, 'run', 'no-status');
    expect(await run(place, 'status')).toMatchObject({
      status: 128,
      out: '',
      err: expect.stringContaining('try again'),
    });
  });

  test.each(['run', 'foreground'])('says where the log of one in mode %s is, and shows no older one', async (mode) => {
    const place = await makePlace();
    const { pid } = await poseReady(place, mode);
    for (const line of ['log', 'log -f']) {
      const { status, out, err } = await run(place, line);
      expect([line, status, out]).toEqual([line, 1, '']);
      expect(err).toMatch(new RegExp(`^error: the daemon \\(pid ${pid}\\) .* log .*daemon.log is an earlier one's\n$`));
    }
  });

  test('shows the log, and follows it until its reader has enough', async () => {
    const place = await makePlace();
    await poseReady(place, 'background');
    expect((await run(place, 'log')).out).toMatch(/^[A-Z][a-z]{2} \d\d .*\d\d:\d\d:\d\d posing: is there\n$/);
    const child = start(place, ['log', '-f']);
    const lines = createLineLog('log -f');
    if (child.stdout) logLines(child.stdout, lines);
    await lines.next(/is there$/);
    fs.appendFileSync(place.directory.log, 'more\n');
    await lines.next('more');
    const exited = once(child, 'exit');
    child.stdout?.destroy();
    await until('it has noticed at one line or another', () => {
      fs.appendFileSync(place.directory.log, 'and more\n');
      return child.exitCode !== null;
    });
    expect(await exited).toEqual([0, null]);
  });
});
