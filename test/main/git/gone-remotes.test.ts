// Owns: that a remote which goes while it is fetched leaves nothing, and that nothing else is taken away then.
// Leaves: which refs those are (test/shared/refs/ghosts.test.ts), and seeing that it went (supervisor).
import { expect, onTestFinished, test } from 'vitest';
import type { Outcome } from '../../../src/main/git/operation.ts';
import { createRepositoryWork } from '../../../src/main/git/repository-git.ts';
import { type Remote, remoteName } from '../../../src/shared/remote.ts';
import { until } from '../../support/next-line.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { beforeEachPack, placeOf } from './git-place.ts';

const PR = {
  name: remoteName('pr'),
  refs: { refspecs: ['+refs/heads/*:refs/remotes/pr/*'], tags: true },
  rungs: [{ kind: 'poll', everyMs: 60_000 }],
} as unknown as Remote;

/** A clone with two remotes that lead to one server. `meanwhile`: what somebody does there as the server packs for `pr`. */
async function setUp(meanwhile: string, seesOther = () => false) {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  await server.pushCommit('topic/a');
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  await repo.git('remote', 'add', '-f', 'pr', server.directory);
  await server.pushCommit();
  await server.pushCommit('new');
  beforeEachPack(scratch, `env -u GIT_DIR -u GIT_QUARANTINE_PATH git -C ${repo.directory} ${meanwhile} >&2`);
  const logged: string[] = [];
  const work = createRepositoryWork({
    place: { ...placeOf(scratch, repo), seesOther },
    objectsDirectory: `${repo.directory}/.git/objects`,
    refsDirectory: `${repo.directory}/.git/refs`,
    besideDirectory: `${repo.directory}/.git/remote-daemon/beside`,
    relayEnvironment: () => undefined,
    fetchMode: () => 'fetch',
    fetchTimeoutMs: () => 60_000,
    maxFetchBytes: () => undefined,
    held: () => false,
    log: (text) => logged.push(text),
    debug: () => undefined,
    brought: () => undefined,
  });
  onTestFinished(async () => {
    work.close();
    await work.endRunning();
  });
  const fetch = () =>
    new Promise<Outcome>((done) => {
      const nothing = (): void => undefined;
      const turn = { remote: PR, started: nothing, paced: nothing, forgotten: nothing, done };
      work.requestFetch({ ...turn, how: () => ({ looksForGone: false }), named: () => undefined });
    });
  const refs = async (place: string): Promise<string[]> =>
    (await repo.git('for-each-ref', '--format=%(refname:lstrip=2)', place)).split('\n').filter(Boolean);
  return { repo, work, logged, fetch, refs };
}

test('a remote that is removed while it is fetched leaves no ref, and its neighbour all', async () => {
  const { repo, work, logged, fetch, refs } = await setUp('remote remove pr');
  const others = await refs('refs/remotes/origin');
  await fetch();
  // As git 2.48 and later do when they fetch.
  await repo.git('symbolic-ref', '-m', 'fetch', 'refs/remotes/pr/HEAD', 'refs/remotes/pr/main');
  expect(await refs('refs/remotes/pr')).not.toEqual([]);
  work.endWith(PR);
  await until('they are gone', async () => (await refs('refs/remotes/pr')).length === 0);
  expect(await refs('refs/remotes/origin')).toEqual(others);
  await until('it is told', () => logged.some((text) => text.includes('removed')));
  expect(logged.at(-1)).toMatch(/^pr: removed \d refs that a fetch had made when it went$/);
});

test('one that is renamed has all its refs under the new name, and none under the old', async () => {
  const { work, fetch, refs } = await setUp('remote rename pr up');
  await fetch();
  work.endWith(PR);
  await until('they are gone', async () => (await refs('refs/remotes/pr')).length === 0);
  // git 2.48 and later have made a HEAD as well.
  const renamed = (await refs('refs/remotes/up')).filter((ref) => ref !== 'up/HEAD');
  expect(renamed).toEqual(['up/main', 'up/topic/a']);
});

test('refs that somebody kept, as he took the remote out of the config himself, stay, new ones too', async () => {
  const { work, logged, fetch, refs } = await setUp('config --remove-section remote.pr');
  await fetch();
  const before = await refs('refs/remotes/pr');
  expect(before).toContain('pr/new');
  work.endWith(PR);
  work.quieten();
  // In its turn, so that the look is over.
  expect(await fetch()).toMatchObject({ ok: false, failure: { code: 'cancelled' } });
  expect(await refs('refs/remotes/pr')).toEqual(before);
  expect(logged).toEqual([]);
});

test('what has no reflog, as in a bare repository, goes as well', async () => {
  const { repo, work, fetch, refs } = await setUp('remote remove pr');
  await repo.git('config', 'core.logAllRefUpdates', 'false');
  await fetch();
  expect(await refs('refs/remotes/pr')).not.toEqual([]);
  work.endWith(PR);
  await until('they are gone', async () => (await refs('refs/remotes/pr')).length === 0);
});

test('nothing is taken from under a git that is renaming or removing it', async () => {
  let isAtIt = false;
  let looks = 0;
  const { work, fetch, refs } = await setUp('remote remove pr', () => {
    if (isAtIt) looks += 1;
    return isAtIt;
  });
  await fetch();
  const before = await refs('refs/remotes/pr');
  expect(before).not.toEqual([]);
  isAtIt = true;
  work.endWith(PR);
  await until('it was looked for a second time', () => looks > 0);
  expect(await refs('refs/remotes/pr')).toEqual(before);
  isAtIt = false;
  await until('they are gone', async () => (await refs('refs/remotes/pr')).length === 0);
});
