import { chmod, chown, mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findRepository, type Repository } from '../../../src/main/config/repository.ts';
import { UserError } from '../../../src/main/user-error.ts';
import { type Environment, unattendedGitEnvironment } from '../../../src/shared/git-environment.ts';
import { commit, makeRepo, makeScratch, type Scratch } from '../../support/temp-repo.ts';
import { gitAt } from './read-config.ts';

const find = ({ env }: Scratch, cwd: string, more: Environment = {}): Promise<Repository> =>
  findRepository({ cwd, env: { ...env, ...more }, gitAt });

/** What git finds when it is run as the daemon will run it. */
async function asFound(scratch: Scratch, { top, gitEnvironment }: Repository, more: Environment = {}) {
  const env = unattendedGitEnvironment({ ...scratch.env, ...more }, undefined, gitEnvironment);
  const git = gitAt(top, env);
  const ask = async (what: string) => (await git(['rev-parse', '--path-format=absolute', what])).stdout.trim();
  return { gitDir: await ask('--git-dir'), top: await ask('--show-toplevel') };
}

describe('the repository is found in its main work tree', () => {
  test('from its top, from below and from inside the git dir', async () => {
    const scratch = makeScratch(onTestFinished);
    const { directory } = await makeRepo(scratch, 'r');
    await mkdir(path.join(directory, 'sub/deep'), { recursive: true });
    const commonDir = path.join(directory, '.git');
    for (const below of ['', 'sub/deep', '.git', '.git/refs']) {
      const found = await find(scratch, path.join(directory, below));
      expect(found).toEqual({ commonDir, top: directory, bare: false, gitEnvironment: {} });
    }
  });

  test('from a linked work tree', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeRepo(scratch, 'r');
    await commit(repo);
    await repo.git('worktree', 'add', '--quiet', '../linked');
    const main = await find(scratch, repo.directory);
    expect(await find(scratch, path.join(scratch.directory, 'linked'))).toEqual(main);
    expect(await find(scratch, path.join(repo.directory, '.git/worktrees/linked'))).toEqual(main);
  });

  test('in a path with spaces, quotes and a line feed', async () => {
    const scratch = makeScratch(onTestFinished);
    const { directory } = await makeRepo(scratch, 'it\'s "odd"\n ü');
    expect(await find(scratch, directory)).toMatchObject({ top: directory, commonDir: path.join(directory, '.git') });
  });

  test('with a separate git dir', async () => {
    const scratch = makeScratch(onTestFinished);
    const separate = path.join(scratch.directory, 'separate.git');
    const repo = await makeRepo(scratch, 'r', `--separate-git-dir=${separate}`);
    const found = await find(scratch, repo.directory);
    expect(found).toEqual({ commonDir: separate, top: repo.directory, bare: false, gitEnvironment: {} });
    expect(await asFound(scratch, found)).toEqual({ gitDir: separate, top: repo.directory });
  });

  test('with a separate git dir, which does not say where its work tree is, from a linked work tree', async () => {
    const scratch = makeScratch(onTestFinished);
    const separate = path.join(scratch.directory, 'separate.git');
    const repo = await makeRepo(scratch, 'r', `--separate-git-dir=${separate}`);
    await commit(repo);
    await repo.git('worktree', 'add', '--quiet', '../linked');
    const found = await find(scratch, path.join(scratch.directory, 'linked'));
    expect(found).toMatchObject({ commonDir: separate, top: separate, bare: false });
    expect(await asFound(scratch, found)).toMatchObject({ gitDir: separate });
  });

  test('of a submodule', async () => {
    const scratch = makeScratch(onTestFinished);
    const inner = await makeRepo(scratch, 'inner');
    await commit(inner);
    const outer = await makeRepo(scratch, 'outer');
    await outer.git('submodule', '--quiet', 'add', inner.directory, 'sub/module');
    const top = path.join(outer.directory, 'sub/module');
    const commonDir = path.join(outer.directory, '.git/modules/sub/module');
    for (const cwd of [top, commonDir]) {
      const found = await find(scratch, cwd);
      expect(found).toMatchObject({ commonDir, top, bare: false });
      expect(await asFound(scratch, found)).toEqual({ gitDir: commonDir, top });
    }
  });

  test('that core.worktree names', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeRepo(scratch, 'r');
    const top = path.join(scratch.directory, 'elsewhere');
    await mkdir(top);
    await repo.git('config', 'core.worktree', '../../elsewhere');
    const commonDir = path.join(repo.directory, '.git');
    const found = await find(scratch, repo.directory);
    expect(found).toMatchObject({ commonDir, top, bare: false });
    expect(await asFound(scratch, found)).toEqual({ gitDir: commonDir, top });
  });
});

describe('at the top of a repository one question is enough, and the answer is that of all the others', () => {
  type Repo = Awaited<ReturnType<typeof makeRepo>>;
  /** What is asked of git. */
  async function asked(scratch: Scratch, cwd: string, more: Environment = {}) {
    const questions: string[] = [];
    const counted: typeof gitAt = (directory, environment) => {
      const git = gitAt(directory, environment);
      return (args) => {
        questions.push(args.join(' '));
        return git(args);
      };
    };
    const found = await findRepository({ cwd, env: { ...scratch.env, ...more }, gitAt: counted });
    return { found, questions };
  }
  /** Of no effect, but that git is asked for all. */
  const AS_IN_AN_ALIAS = { GIT_PREFIX: '' };

  test.each<[string, boolean, (repo: Repo) => unknown]>([
    ['as it is made', true, () => undefined],
    ['with its own top as core.worktree', true, ({ git, directory }) => git('config', 'core.worktree', directory)],
    ['with another core.worktree', false, ({ git }) => git('config', 'core.worktree', '../../other')],
    ['with core.bare', false, ({ git }) => git('config', 'core.bare', 'true')],
    ['without core.bare', true, ({ git }) => git('config', '--unset', 'core.bare')],
    ['with a config for each work tree', true, ({ git }) => git('config', 'extensions.worktreeConfig', 'true')],
    [
      'with a link as its git dir',
      false,
      async ({ directory }) => {
        await rename(path.join(directory, '.git'), path.join(directory, '../git'));
        await symlink('../git', path.join(directory, '.git'));
      },
    ],
  ])('%s', async (_how, isEnough, prepare) => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeRepo(scratch, 'r');
    await mkdir(path.join(scratch.directory, 'other'));
    await prepare(repo);
    const [quick, whole] = [await asked(scratch, repo.directory), await asked(scratch, repo.directory, AS_IN_AN_ALIAS)];
    expect(quick.found).toEqual(whole.found);
    expect(quick.questions.length === 1).toBe(isEnough);
    expect(whole.questions.length).toBeGreaterThan(1);
  });
});

describe('a bare repository', () => {
  test('is found as such, from below too', async () => {
    const scratch = makeScratch(onTestFinished);
    const { directory } = await makeRepo(scratch, 'b.git', '--bare');
    for (const cwd of [directory, path.join(directory, 'refs')]) {
      const found = await find(scratch, cwd);
      expect(found).toEqual({ commonDir: directory, top: directory, bare: true, gitEnvironment: {} });
    }
  });

  test('is bare from a linked work tree of it as well', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeRepo(scratch, 'r');
    await commit(repo);
    await repo.git('clone', '--quiet', '--bare', '.', '../b.git');
    await repo.git('--git-dir=../b.git', 'worktree', 'add', '--quiet', '../linked', 'HEAD');
    const bare = path.join(scratch.directory, 'b.git');
    const found = await find(scratch, path.join(scratch.directory, 'linked'));
    expect(found).toMatchObject({ commonDir: bare, top: bare, bare: true });
  });

  test('that git only uses when it is named is named', async () => {
    const scratch = makeScratch(onTestFinished);
    const { directory } = await makeRepo(scratch, 'b.git', '--bare');
    const explicit = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.bareRepository', GIT_CONFIG_VALUE_0: 'explicit' };
    await expect(find(scratch, directory, explicit)).rejects.toThrow(/safe\.bareRepository .* set GIT_DIR=.*b\.git$/);
    const found = await find(scratch, '/', { ...explicit, GIT_DIR: directory });
    expect(found).toEqual({ commonDir: directory, top: directory, bare: true, gitEnvironment: { GIT_DIR: directory } });
    expect(await asFound(scratch, found, explicit)).toMatchObject({ gitDir: directory });
  });
});

describe('the environment', () => {
  test('names the repository, and the daemon no longer needs it', async () => {
    const scratch = makeScratch(onTestFinished);
    const { directory } = await makeRepo(scratch, 'r');
    const commonDir = path.join(directory, '.git');
    for (const [cwd, GIT_DIR] of [
      ['/', commonDir],
      [scratch.directory, 'r/.git'],
    ] as const) {
      const found = await find(scratch, cwd, { GIT_DIR });
      expect(found).toEqual({ commonDir, top: directory, bare: false, gitEnvironment: {} });
      expect(await asFound(scratch, found, { GIT_DIR })).toEqual({ gitDir: commonDir, top: directory });
    }
  });

  test('names a bare repository and a work tree for it', async () => {
    const scratch = makeScratch(onTestFinished);
    const { directory } = await makeRepo(scratch, 'dotfiles.git', '--bare');
    const named = { GIT_DIR: directory, GIT_WORK_TREE: scratch.home };
    const found = await find(scratch, '/', named);
    expect(found).toEqual({ commonDir: directory, top: scratch.home, bare: false, gitEnvironment: named });
    expect(await asFound(scratch, found)).toEqual({ gitDir: directory, top: scratch.home });
  });

  test('of a hook in a linked work tree leads to the main one', async () => {
    const scratch = makeScratch(onTestFinished);
    const repo = await makeRepo(scratch, 'r');
    await commit(repo);
    await repo.git('worktree', 'add', '--quiet', '../linked');
    const commonDir = path.join(repo.directory, '.git');
    const hook = {
      GIT_DIR: path.join(commonDir, 'worktrees/linked'),
      GIT_COMMON_DIR: commonDir,
      GIT_WORK_TREE: path.join(scratch.directory, 'linked'),
      GIT_INDEX_FILE: path.join(commonDir, 'worktrees/linked/index'),
      GIT_PREFIX: 'x/',
    };
    const found = await find(scratch, scratch.directory, hook);
    expect(found).toEqual({ commonDir, top: repo.directory, bare: false, gitEnvironment: {} });
  });
});

describe('a repository that cannot be used is refused in one line that says what to do', () => {
  const refusal = async (finding: Promise<unknown>): Promise<string> => {
    const error = await finding.catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(UserError);
    const text = error instanceof UserError ? error.message : '';
    expect(text).not.toMatch(/\n|^fatal/);
    return text;
  };

  test('no repository', async () => {
    const scratch = makeScratch(onTestFinished);
    expect(await refusal(find(scratch, scratch.directory))).toBe(
      `${scratch.directory} is not in a git repository; run this inside one`,
    );
    expect(await refusal(find(scratch, '/', { GIT_DIR: '/nowhere' }))).toMatch(/^GIT_DIR is \/nowhere, which is not/);
  });

  test.runIf(process.getuid?.() === 0)('somebody else’s', async () => {
    const scratch = makeScratch(onTestFinished);
    const { directory } = await makeRepo(scratch, 'r');
    await chown(directory, 12_345, 12_345);
    await chown(path.join(directory, '.git'), 12_345, 12_345);
    expect(await refusal(find(scratch, directory))).toMatch(
      /belongs to .*; run this as .*: sudo -u \S+ git remote-daemon$/,
    );
  });

  test('no git', async () => {
    const scratch = makeScratch(onTestFinished);
    expect(await refusal(find(scratch, scratch.directory, { PATH: scratch.home }))).toMatch(/git was not found/);
  });

  test('a git that is too old', async () => {
    const scratch = makeScratch(onTestFinished);
    const { directory } = await makeRepo(scratch, 'r');
    const bin = path.join(scratch.directory, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'git'), '#!/bin/sh\necho "git version 2.25.1.windows"\n');
    await chmod(path.join(bin, 'git'), 0o755);
    const told = await refusal(find(scratch, directory, { PATH: `${bin}:${scratch.env.PATH}` }));
    expect(told).toBe('git 2.31 or newer is needed, and this is git 2.25.1.windows');
  });
});
