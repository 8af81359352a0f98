// Owns: that what is said to be gone is deleted here by its name where the remote says so again, and is left to a look at all refs where anything is doubtful.
// Leaves: which refs are asked for so (test/shared/refs/exact-fetch.test.ts), and what is believed of all (prune.test.ts).
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { NamedDeletions } from '../../../src/main/git/delete-named.ts';
import { startFetch } from '../../../src/main/git/fetch.ts';
import { parseRefName, type RefMove, remoteName } from '../../../src/shared/remote.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { placeOf, script } from './git-place.ts';

const REFSPECS = ['+refs/heads/*:refs/remotes/origin/*'];
const LASTING = Array.from({ length: 6 }, (_, at) => `k/${at}`);
const nameOf = (text: string) => parseRefName(text) ?? expect.unreachable(text);

/** A clone, whose refs are packed, of a server that has lost the branch `gone` since; and what it runs. */
async function setUp({ lasting = LASTING } = {}) {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  for (const name of ['gone', ...lasting]) await server.git('branch', name, 'main');
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  await repo.git('pack-refs', '--all');
  await server.git('branch', '-D', 'gone');
  const runs: string[] = [];
  const debug = (text: () => string): void => void runs.push(...(/^runs git (.*) \(pid/.exec(text())?.slice(1) ?? []));
  const fetch = (gone: readonly string[] = ['gone'], since: NamedDeletions['since'] = () => []) =>
    startFetch(
      { ...placeOf(scratch, repo), debug },
      {
        ...{ remote: remoteName('origin'), mode: 'fetch', exact: [], refspecs: REFSPECS },
        deletions: {
          ...{ refspecs: REFSPECS, since },
          gone: gone.map((name) => ({
            source: nameOf(`refs/heads/${name}`),
            place: nameOf(`refs/remotes/origin/${name}`),
          })),
        },
      },
    ).finished;
  const kept = async (): Promise<string[]> =>
    (await repo.git('for-each-ref', '--format=%(refname:lstrip=3)', 'refs/remotes/origin')).split('\n');
  return { scratch, server, repo, fetch, kept, runs };
}

test('a branch that is gone is deleted with its reflog, and only it is asked for', async () => {
  const { repo, fetch, kept, runs } = await setUp();
  await repo.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/gone');
  await repo.git('update-ref', '--create-reflog', '-m', 'x', 'refs/remotes/origin/gone', 'HEAD');
  expect(await fetch()).toEqual({ ok: true, isPart: true });
  expect(await kept()).toEqual([...LASTING, 'main']);
  expect(runs.map((run) => /(?:fetch|update-ref) .*/.exec(run)?.[0])).toEqual([
    expect.stringMatching(/^fetch .* -- origin (?:refs\/heads\/k\/\d )+refs\/heads\/gone$/),
    'update-ref --no-deref --stdin',
  ]);
  // As after a prune by git, what has led to it leads nowhere.
  expect(await repo.git('symbolic-ref', 'refs/remotes/origin/HEAD')).toBe('refs/remotes/origin/gone');
  await expect(repo.git('reflog', 'exists', 'refs/remotes/origin/gone')).rejects.toThrow();
});

test('what is not here asks for no git at all', async () => {
  const { fetch, runs } = await setUp();
  expect(await fetch(['never-here'])).toEqual({ ok: true, isPart: true, nothingNew: true });
  expect(runs).toEqual([]);
});

type Setting = Awaited<ReturnType<typeof setUp>>;

const DOUBTS: readonly [string, (setting: Setting, tip: string) => unknown][] = [
  ['it was made anew', ({ server }) => server.git('branch', 'gone', 'main')],
  ['what was to be there still is gone as well', ({ server }) => server.git('branch', '-D', ...LASTING)],
  ['the repository is gone', ({ server }) => rmSync(server.directory, { recursive: true })],
  [
    'it is broken there',
    ({ server }) => writeFileSync(join(server.directory, 'refs/heads/gone'), `${'1'.repeat(40)}\n`),
  ],
  [
    'the refs here are not packed',
    ({ repo }, tip) => {
      rmSync(join(repo.directory, '.git/packed-refs'));
      return repo.git('update-ref', 'refs/remotes/origin/gone', tip);
    },
  ],
];

test.each(DOUBTS)('it is for a look at all refs where %s', async (_where, make) => {
  const setting = await setUp();
  const tip = await setting.repo.git('rev-parse', 'refs/remotes/origin/gone');
  await make(setting, tip);
  expect(await setting.fetch()).not.toHaveProperty('isPart');
  expect(setting.runs.some((run) => /fetch .* -- origin$/.test(run))).toBe(true);
  expect(await setting.repo.git('rev-parse', 'refs/remotes/origin/gone')).toBe(tip);
});

test('it is for a look at all refs where too few are besides', async () => {
  const { fetch, kept } = await setUp({ lasting: LASTING.slice(0, 2) });
  expect(await fetch()).not.toHaveProperty('isPart');
  expect(await kept()).toContain('gone');
});

test('it is for a look at all refs where the server has only those left whose names come first', async () => {
  const { server, fetch, kept } = await setUp({ lasting: Array.from({ length: 60 }, (_, at) => `k/${at + 10}`) });
  await server.git('branch', '-D', ...Array.from({ length: 20 }, (_, at) => `k/${at + 50}`));
  expect(await fetch()).not.toHaveProperty('isPart');
  expect(await kept()).toContain('gone');
});

test.each<[string, readonly RefMove[] | undefined]>([
  ['others may have moved since', undefined],
  ['another is gone since', [{ ref: nameOf('refs/heads/k/0'), tip: undefined }]],
  ['it was told of again', [{ ref: nameOf('refs/heads/gone'), tip: 'unknown' }]],
])('it is for a look at all refs where %s', async (_where, since) => {
  const { fetch, kept } = await setUp();
  expect(await fetch(['gone'], () => since)).not.toHaveProperty('isPart');
  expect(await kept()).toContain('gone');
});

test('what moves here meanwhile stays', async () => {
  const { scratch, repo, fetch, kept } = await setUp();
  const move = 'git update-ref refs/remotes/origin/gone $(git commit-tree -m x HEAD^{tree})';
  const uploadPack = script(scratch, 'moving', 'git-upload-pack "$@"', `cd ${repo.directory} && ${move}`);
  await repo.git('config', 'remote.origin.uploadpack', uploadPack);
  expect(await fetch()).not.toHaveProperty('isPart');
  expect(await kept()).toContain('gone');
});
