import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gitQuery, startGit } from '../../../src/main/git/run-git.ts';
import { until } from '../../support/next-line.ts';
import { isAlive, processesMarked } from '../../support/processes.ts';
import { makeRepo, makeScratch, type Scratch } from '../../support/temp-repo.ts';
import { script } from './git-place.ts';

const callIn = (scratch: Scratch) => ({ cwd: scratch.directory, env: scratch.env });

/** git running a script, as it runs an alias: the script is git's own child. */
const running = (path: string): string[] => ['-c', `alias.do=!${path}`, 'do'];

test('a query gives what git prints, and its status', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo');
  const call = { cwd: repo.directory, env: scratch.env };
  expect(await gitQuery(['rev-parse', '--git-dir'], call)).toEqual({
    ok: true,
    status: 0,
    stdout: '.git\n',
    stderr: '',
  });
  const hashed = await gitQuery(['hash-object', '--stdin'], { ...call, input: 'text' });
  expect(hashed.stdout).toMatch(/^[0-9a-f]{40}\n$/);
  const failed = await gitQuery(['rev-parse', '--verify', 'nothing'], call);
  expect(failed).toMatchObject({ ok: false, status: 128, stderr: expect.stringContaining('Needed a single revision') });
});

test('git gets the environment it is given and nothing of ours', async () => {
  const scratch = makeScratch(onTestFinished);
  process.env.GRD_OF_THE_TEST = 'ours';
  onTestFinished(() => void delete process.env.GRD_OF_THE_TEST);
  const { stdout } = await gitQuery(['-c', 'alias.do=!env', 'do'], callIn(scratch));
  expect(stdout).toContain(`HOME=${scratch.home}\n`);
  expect(stdout).not.toContain('GRD_OF_THE_TEST');
});

test('a git that is not there, or has nowhere to run, is told in one line', async () => {
  const scratch = makeScratch(onTestFinished);
  const withoutGit = await gitQuery(['version'], { cwd: scratch.directory, env: { PATH: scratch.directory } });
  expect(withoutGit).toMatchObject({ ok: false, status: undefined });
  expect(withoutGit.stderr).toBe('fatal: git was not found; is it installed and on PATH?\n');
  const nowhere = await gitQuery(['version'], { cwd: join(scratch.directory, 'gone'), env: scratch.env });
  expect(nowhere.stderr).toMatch(/^fatal: git cannot run in .*gone: there is no such directory\n$/);
});

test('everything git prints is a sign of life, and progress does not push out what it complained of', async () => {
  const scratch = makeScratch(onTestFinished);
  const progress = 'i=0; while [ $i -lt 3000 ]; do printf "Receiving objects: %d%% of it\\r" $i >&2; i=$((i+1)); done';
  const path = script(
    scratch,
    'progress',
    'echo "error: first" >&2',
    progress,
    'printf "done.\\nerror: last\\n" >&2; exit 4',
  );
  let signs = 0;
  const git = startGit(running(path), callIn(scratch), () => {
    signs += 1;
  });
  const { status, stderr } = await git.exited;
  expect(status).toBe(4);
  expect(stderr).toBe('error: first\ndone.\nerror: last\n');
  expect(signs).toBeGreaterThan(0);
});

test('only the exit of git counts, though a grandchild keeps its output open', async () => {
  const scratch = makeScratch(onTestFinished);
  const git = startGit(running(script(scratch, 'leaves', 'sleep 600 &', 'echo done')), callIn(scratch));
  expect(await git.exited).toMatchObject({ status: 0, stdout: 'done\n', isPart: true });
  // The shell was not there to see the one it left become that.
  await until('the grandchild sleeps', () =>
    processesMarked(scratch.id).some(({ command }) => command === 'sleep 600'),
  );
});

test('what a query printed is good only if its end was read', async () => {
  const scratch = makeScratch(onTestFinished);
  const held = await gitQuery(running(script(scratch, 'holds', 'sleep 600 &', 'echo done')), callIn(scratch));
  expect(held).toMatchObject({ ok: false, stderr: 'fatal: not all that git printed was read\n' });
  const elsewhere = script(scratch, 'lets-go', 'sleep 600 >/dev/null &', 'echo done');
  expect(await gitQuery(running(elsewhere), callIn(scratch))).toMatchObject({ ok: true, stdout: 'done\n' });
});

test('git is ended with all that it started, though they refuse to go', async () => {
  const scratch = makeScratch(onTestFinished);
  const pids = join(scratch.directory, 'pids');
  const deaf = script(
    scratch,
    'deaf',
    "trap '' TERM HUP INT",
    'sleep 600 &',
    `echo $$ $! >${pids}`,
    'sleep 600',
    'wait',
  );
  const git = startGit(running(deaf), callIn(scratch));
  await until('the script runs', () => existsSync(pids) && readFileSync(pids, 'utf8').endsWith('\n'));
  const started = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  expect(started.map(isAlive)).toEqual([true, true]);
  await git.end();
  expect(processesMarked(scratch.id)).toEqual([]);
  const { status, stderr } = await git.exited;
  expect(status).toBeUndefined();
  expect(stderr).toMatch(/git was ended by SIGTERM|git was ended by SIGKILL/);
});

test('ending what has ended is nothing', async () => {
  const scratch = makeScratch(onTestFinished);
  const git = startGit(['version'], callIn(scratch));
  await git.exited;
  await git.end();
  await git.end();
  expect((await git.exited).status).toBe(0);
});
