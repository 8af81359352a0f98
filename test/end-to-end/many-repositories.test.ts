// Owns: register, unregister, and --all of the commands that have it, over real repositories with real daemons.
// Leaves: services in all of them (service.test.ts).
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReleases } from '../support/at-end.ts';
import { type CommandResult, runProgram } from '../support/daemon.ts';
import { untilRef } from '../support/scene.ts';
import {
  cloneRepo,
  makeRepo,
  makeScratch,
  makeServerRepo,
  openRepo,
  type Scratch,
  type ServerRepo,
  type TestRepo,
} from '../support/temp-repo.ts';

const releases = createReleases();
let scratch: Scratch;
let server: ServerRepo;
let plain: TestRepo;
let odd: TestRepo;
let bare: TestRepo;

beforeAll(async () => {
  scratch = makeScratch(releases.atEnd);
  server = await makeServerRepo(scratch);
  plain = await cloneRepo(scratch, server.directory, 'plain');
  odd = await cloneRepo(scratch, server.directory, "odd 'name' é");
  bare = await makeRepo(scratch, 'bare.git', '--bare');
  await bare.git('remote', 'add', 'origin', server.directory);
});
afterAll(releases.releaseAll);

const run = (directory: string, ...args: readonly string[]): Promise<CommandResult> =>
  runProgram(directory, scratch.env, ...args);
const everywhere = (...args: readonly string[]): Promise<CommandResult> => run(scratch.directory, ...args);
const listed = async (): Promise<string[]> =>
  (await openRepo(scratch.directory, scratch.env).git('config', '--global', '--get-all', 'remotedaemon.repo')).split(
    '\n',
  );

describe('a registered repository', () => {
  test('is noted once by the top of its main work tree, or its git dir where it is bare', async () => {
    await plain.git('worktree', 'add', '--quiet', '../linked', '-b', 'linked');
    for (const at of [
      plain.directory,
      join(scratch.directory, 'linked'),
      odd.directory,
      join(bare.directory, 'refs'),
    ]) {
      expect(await run(at, 'register')).toMatchObject({ status: 0, stderr: '' });
    }
    expect(await run(plain.directory, 'register')).toMatchObject({
      stdout: `${plain.directory}: is registered already\n`,
    });
    expect(await listed()).toEqual([plain.directory, odd.directory, bare.directory]);
  });

  test('is forgotten by where one is, or by its path, and no other with it', async () => {
    const other = await makeRepo(scratch, 'plain.');
    expect(await run(other.directory, 'register')).toMatchObject({ status: 0 });
    expect(await run(join(scratch.directory, 'linked'), 'unregister')).toMatchObject({ status: 0 });
    expect(await listed()).toEqual([odd.directory, bare.directory, other.directory]);
    expect(await everywhere('unregister', 'plain.')).toMatchObject({ status: 0 });
    expect(await everywhere('unregister', 'plain.')).toMatchObject({
      status: 1,
      stderr: `error: ${other.directory} is not registered\n`,
    });
    expect(await run(plain.directory, 'register')).toMatchObject({ status: 0 });
  });

  test('may be written by hand, as git writes paths', async () => {
    const home = await makeRepo({ ...scratch, directory: scratch.home }, 'in-home');
    const git = openRepo(scratch.directory, scratch.env).git;
    await git('config', '--global', '--add', 'remotedaemon.repo', '~/in-home/');
    expect(await run(home.directory, 'register')).toMatchObject({
      stdout: `${home.directory}: is registered already\n`,
    });
    expect(await run(home.directory, 'unregister')).toMatchObject({ status: 0 });
    expect((await listed()).length).toBe(3);
  });

  test('is forgotten whatever its path holds, and beside a key without a value', async () => {
    const config = join(scratch.home, '.gitconfig');
    const before = readFileSync(config);
    try {
      const paths = ['/gone/a.b*c', '/gone/aXbc', '/gone/[x](y)|{z}^$+?\\', '/gone/!', 'gone/\nline'];
      const git = openRepo(scratch.directory, scratch.env).git;
      for (const path of paths) await git('config', '--global', '--add', 'remotedaemon.repo', path);
      appendFileSync(config, '[remotedaemon]\n\trepo\n');
      const left = [...paths];
      for (const path of paths) {
        const at = path.startsWith('/') ? path : join(scratch.home, path);
        expect(await everywhere('unregister', at)).toMatchObject({ status: 0, stderr: '' });
        left.shift();
        expect((await listed()).slice(3).join('\n').trim()).toBe(left.join('\n'));
      }
    } finally {
      writeFileSync(config, before);
      rmSync(`${config}.lock`, { force: true });
    }
  });

  test('is refused where there is none', async () => {
    expect(await everywhere('register')).toMatchObject({
      status: 128,
      stderr: expect.stringContaining('not in a git'),
    });
  });
});

describe('--all', () => {
  const linesFor = (text: string): RegExp =>
    new RegExp(`^${[odd, bare, plain].map(({ directory }) => `${directory}: ${text}.*\n`).join('')}$`);
  const none = () => expect.stringMatching(linesFor('no daemon is running here'));

  test('starts, shows, steers and stops the daemons of all, a line each', async () => {
    expect(await everywhere('status', '--all')).toMatchObject({
      status: 1,
      stdout: none(),
    });
    // Whatever git is told of by a variable.
    const env = { ...scratch.env, GIT_DIR: join(plain.directory, '.git') };
    expect(await runProgram(scratch.directory, env, 'start', '--all')).toMatchObject({ status: 0, stderr: '' });
    const tip = await server.pushCommit();
    for (const repo of [plain, odd]) await untilRef(repo, 'refs/remotes/origin/main', tip);
    const shown = await everywhere('status', '--all');
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout.split('\n').map((line) => line.replace(/: .*/, ''))).toEqual([
      ...[odd, bare, plain].map(({ directory }) => directory),
      '',
    ]);
    expect((await everywhere('status', '--all', '--short')).stdout).toMatch(linesFor('origin \\S+'));
    for (const order of ['pause', 'resume']) expect(await everywhere(order, '--all')).toMatchObject({ status: 0 });
    const told: unknown = JSON.parse((await everywhere('status', '--all', '--json')).stdout);
    expect(told).toMatchObject({
      version: 1,
      repositories: [odd, bare, plain].map(({ directory }) => ({
        repository: directory,
        exitStatus: 0,
        status: { pid: expect.any(Number) },
      })),
    });
    expect(await everywhere('stop', '--all')).toMatchObject({ status: 0, stderr: '' });
    expect(await everywhere('stop', '--all')).toMatchObject({
      status: 1,
      stdout: none(),
    });
  });

  test('goes on where one is gone, and tells how it is forgotten', async () => {
    const gone = await makeRepo(scratch, "it's gone");
    expect(await run(gone.directory, 'register')).toMatchObject({ status: 0 });
    rmSync(gone.directory, { recursive: true });
    const told = await everywhere('status', '--all');
    expect(told.status).toBe(1);
    expect(told.stdout.split('\n').at(-2)).toBe(
      `${gone.directory}: is gone; to forget it: git remote-daemon unregister '${gone.directory.replace("'", "'\\''")}'`,
    );
    expect(await everywhere('unregister', gone.directory)).toMatchObject({ status: 0 });
  });

  test('does not go with --watch, nor with one repository, and says so where no repository is registered', async () => {
    expect(await everywhere('status', '--all', '--watch')).toMatchObject({
      status: 129,
      stderr: 'error: --watch shows one repository: it does not go with --all\n',
    });
    for (const { directory } of [odd, bare, plain])
      expect(await run(directory, 'unregister')).toMatchObject({ status: 0 });
    expect(await everywhere('status', '--all')).toMatchObject({
      status: 1,
      stderr: "error: no repository is registered: 'git remote-daemon register' in each\n",
    });
  });
});
