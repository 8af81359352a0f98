// Owns: that refs moved for several by one git are moved as each asked for, and that one that cannot be keeps no other.
// Leaves: when refs are moved so (found-here.test.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { WantedMove } from '../../../src/main/git/move-refs.ts';
import { createMoveTogether, type Moving } from '../../../src/main/git/move-together.ts';
import type { Steps } from '../../../src/main/git/operation.ts';
import type { GitExit } from '../../../src/main/git/run-git.ts';
import { startGit } from '../../../src/main/git/run-git.ts';
import type { Environment } from '../../../src/shared/git-environment.ts';
import { parseObjectName, parseRefName } from '../../../src/shared/remote.ts';
import { until } from '../../support/next-line.ts';
import { commit, makeRepo, makeScratch } from '../../support/temp-repo.ts';

const asking = (moves: readonly WantedMove[], env: Environment, git: Steps['git']): Moving => ({
  look: () => moves,
  env,
  steps: { git, wait: () => Promise.resolve() },
  seesOther: () => false,
});

async function setUp() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'repo', '--initial-branch=main');
  const [old, tip] = [await commit(repo), await commit(repo)];
  for (const name of ['a', 'b', 'c']) await repo.git('update-ref', `refs/remotes/${name}/main`, old);
  const env = { ...scratch.env, GIT_REFLOG_ACTION: 'somebody' };
  const runs: string[] = [];
  const git: Steps['git'] = (args, gitEnv, options): Promise<GitExit> => {
    runs.push(args.join(' '));
    return startGit(args, { cwd: repo.directory, env: gitEnv, ...options }).exited;
  };
  const ref = (text: string) => parseRefName(text) ?? expect.unreachable(text);
  const object = (text: string) => parseObjectName(text) ?? expect.unreachable(text);
  const forward = (name: string, from = old): WantedMove => ({
    ...{ source: ref('refs/heads/main'), ref: ref(`refs/remotes/${name}/main`) },
    ...{ old: object(from), new: object(tip), how: 'forwarded' },
  });
  const isNew = (name: string, source = 'refs/heads/new'): WantedMove => ({
    ...{ source: ref(source), ref: ref(`refs/remotes/${name}/new`), new: object(tip), how: 'new' },
  });
  const move = createMoveTogether();
  const moving = (...moves: readonly WantedMove[]) => move(asking(moves, env, git));
  const at = (name: string): Promise<string> =>
    repo.git('for-each-ref', '--format=%(objectname)', `refs/remotes/${name}`);
  return { repo, old, tip, runs, forward, isNew, moving, at };
}

test('what several ask for at the same time is done by one git', async () => {
  const { runs, forward, moving, at, tip, repo } = await setUp();
  expect(await Promise.all([moving(forward('a')), moving(forward('b')), moving(forward('c'))])).toEqual([1, 1, 1]);
  expect(runs).toHaveLength(1);
  for (const name of ['a', 'b', 'c']) expect(await at(`${name}/main`)).toBe(tip);
  const log = readFileSync(join(repo.directory, '.git/logs/refs/remotes/b/main'), 'utf8');
  expect(log.trimEnd().split('\n').at(-1)).toMatch(/\tsomebody: fast-forward$/);
});

test('one that cannot be moved keeps none of the others', async () => {
  const { forward, moving, at, old, tip } = await setUp();
  const made = await Promise.all([moving(forward('a')), moving(forward('b', tip)), moving(forward('c'))]);
  expect(made).toEqual([1, 0, 1]);
  expect([await at('a/main'), await at('b/main'), await at('c/main')]).toEqual([tip, old, tip]);
});

test('of several moves of one those before the one that cannot be are made', async () => {
  const { forward, moving, at, old, tip } = await setUp();
  expect(await moving(forward('a'), forward('b', tip), forward('c'))).toBe(1);
  expect([await at('a/main'), await at('c/main')]).toEqual([tip, old]);
});

test('what is asked while one runs is done by the next', async () => {
  const { runs, forward, moving } = await setUp();
  const first = moving(forward('a'));
  await until('the first runs', () => runs.length === 1);
  expect(await Promise.all([first, moving(forward('b')), moving(forward('c'))])).toEqual([1, 1, 1]);
  expect(runs).toHaveLength(2);
});

test('new refs and those that go forward have their own words', async () => {
  const { repo, forward, isNew, moving } = await setUp();
  const all = [moving(forward('a')), moving(isNew('b')), moving(isNew('c', 'refs/x/new'))];
  expect(await Promise.all(all)).toEqual([1, 1, 1]);
  const wordsOf = (name: string): string =>
    readFileSync(join(repo.directory, `.git/logs/refs/remotes/${name}/new`), 'utf8').replace(/^.*\t/, '');
  expect([wordsOf('b'), wordsOf('c')]).toEqual(['somebody: storing head\n', 'somebody: storing ref\n']);
  expect(await moving(forward('c'), isNew('a'))).toBe(0);
});

test('a new ref that is there already is left', async () => {
  const { repo, isNew, moving, at, old } = await setUp();
  await repo.git('update-ref', 'refs/remotes/b/new', old);
  expect(await moving(isNew('b'))).toBe(0);
  expect(await at('b/new')).toBe(old);
});

test('where whoever is first is ended, the others are moved all the same', async () => {
  const { forward, moving, at, tip, repo } = await setUp();
  const ended = createMoveTogether();
  const env = { GIT_REFLOG_ACTION: 'somebody' };
  const throws: Steps['git'] = () => Promise.reject(new Error('it was ended'));
  const runs: Steps['git'] = async (args, _env, options) =>
    startGit(args, { cwd: repo.directory, env: { PATH: process.env.PATH ?? '' }, ...options }).exited;
  const made = await Promise.all([
    ended(asking([forward('a')], env, throws)),
    ended(asking([forward('b')], env, runs)),
  ]);
  expect(made).toEqual([0, 1]);
  expect(await at('b/main')).toBe(tip);
  expect(await moving(forward('a'))).toBe(1);
});

test('it waits until nobody else fetches here, once for all of them, and looks only then', async () => {
  const { forward, at, tip, repo } = await setUp();
  let looks = 0;
  const git: Steps['git'] = (args, env, options) =>
    startGit(args, { cwd: repo.directory, env: { ...env, PATH: process.env.PATH ?? '' }, ...options }).exited;
  const seesOther = (): boolean => {
    looks += 1;
    return looks < 5;
  };
  const move = createMoveTogether();
  const all = ['a', 'b', 'c'].map((name) => {
    const asked = asking([], { GIT_REFLOG_ACTION: 'somebody' }, git);
    const look = (): readonly WantedMove[] => (looks < 5 ? [] : [forward(name)]);
    return move({ ...asked, look, seesOther });
  });
  expect(await Promise.all(all)).toEqual([1, 1, 1]);
  expect(looks).toBe(5);
  expect(await at('c/main')).toBe(tip);
});
