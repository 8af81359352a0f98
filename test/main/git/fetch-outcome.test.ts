// Owns: that a fetch which brought what could be brought has worked, by real git; that it names what it left, and mends what is broken.
// Leaves: what the words mean (fetch-words.test.ts), and that it is told once (test/end-to-end/own-refs.test.ts).
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type FetchRequest, startFetch } from '../../../src/main/git/fetch.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { cloneRepo, makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { placeOf } from './git-place.ts';

const ORIGIN = remoteName('origin');
const MAIN = 'refs/remotes/origin/main';
const BRANCHES = '+refs/heads/*:refs/remotes/origin/*';

/** A clone that has a branch `feature` and a tag `nightly`; on the server a folder stands for the one, and the other moved. */
async function setUp() {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  await server.git('branch', 'feature', 'main');
  await server.git('tag', 'nightly', 'main');
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  const trace = join(scratch.directory, 'trace');
  const place = { ...placeOf(scratch, repo), environment: { ...scratch.env, GIT_TRACE: trace } };
  const traced = () => readFileSync(trace, 'utf8').split('\n');
  const fetch = (request: Partial<FetchRequest> = {}) =>
    startFetch(place, {
      remote: ORIGIN,
      mode: 'fetch',
      refspecs: [BRANCHES],
      tags: 'followed',
      ...request,
    }).finished;
  const replaceFeature = async () => {
    await server.git('branch', '-D', 'feature');
    await server.git('branch', 'feature/a', 'main');
  };
  const moveTag = () => server.git('update-ref', 'refs/tags/nightly', 'main');
  const tip = () => repo.git('rev-parse', MAIN);
  return { server, repo, fetch, traced, replaceFeature, moveTag, tip };
}

const TAG = { ref: 'refs/tags/nightly', refspec: 'refs/tags/nightly:refs/tags/nightly' };
const FOLDER = {
  ref: 'refs/remotes/origin/feature/a',
  refspec: undefined,
  why: { kind: 'name-taken', by: 'refs/remotes/origin/feature' },
};

test('a moved tag and a folder in place of a branch are left out, all else is brought, and it has worked', async () => {
  const { server, repo, fetch, replaceFeature, moveTag, tip } = await setUp();
  await repo.git('config', 'remote.origin.tagOpt', '--tags');
  const moved = await server.pushCommit();
  await replaceFeature();
  await moveTag();
  const left = expect.arrayContaining([TAG, FOLDER]);
  expect(await fetch({ tags: 'all' })).toEqual({ ok: true, leftOut: left });
  expect(await tip()).toBe(moved);
  expect(await fetch({ tags: 'all' })).toMatchObject({ ok: true, leftOut: left });
});

test('where what is gone is deleted, the folder is brought', async () => {
  const { repo, server, fetch, replaceFeature } = await setUp();
  await server.pushCommit();
  await replaceFeature();
  const prune = { pruning: { refspecs: [BRANCHES] }, isDue: false };
  expect(await fetch({ prune })).toEqual({ ok: true });
  expect(await repo.git('rev-parse', 'refs/remotes/origin/feature/a')).toBe(await repo.git('rev-parse', MAIN));
});

test('a refspec for what is not there, and two that lead to one place, stop none of the others', async () => {
  const { repo, server, fetch, tip } = await setUp();
  const gone = '+refs/heads/gone:refs/remotes/origin/gone';
  const [one, other] = ['+refs/heads/main:refs/x/y', '+refs/heads/feature:refs/x/y'];
  for (const refspec of [gone, one, other]) await repo.git('config', '--add', 'remote.origin.fetch', refspec);
  const moved = await server.pushCommit();
  expect(await fetch({ refspecs: [BRANCHES, gone, one, other] })).toEqual({
    ok: true,
    leftOut: [
      { ref: 'refs/heads/gone', refspec: undefined, why: { kind: 'not-there' } },
      { ref: expect.any(String), refspec: undefined, why: { kind: 'same-place', place: 'refs/x/y' } },
    ],
  });
  expect(await tip()).toBe(moved);
});

test('the one branch that is asked for is gone: nothing is left to bring, unless all tags are', async () => {
  const { repo, server, fetch } = await setUp();
  const refspecs = ['+refs/heads/feature:refs/remotes/origin/feature'];
  await repo.git('config', 'remote.origin.fetch', refspecs[0] ?? '');
  await server.git('branch', '-D', 'feature');
  const leftOut = [{ ref: 'refs/heads/feature', refspec: undefined, why: { kind: 'not-there' } }];
  expect(await fetch({ refspecs })).toMatchObject({ ok: true, leftOut });
  expect(await fetch({ refspecs, tags: 'all' })).toMatchObject({ ok: false });
});

test('where nothing that is gone stands in the way, it is not fetched once more', async () => {
  const { repo, server, fetch, traced } = await setUp();
  await server.git('branch', 'topic/a', 'main');
  await repo.git('symbolic-ref', 'refs/remotes/origin/topic', MAIN);
  const prune = { pruning: { refspecs: [BRANCHES] }, isDue: false };
  const name = 'refs/remotes/origin/topic/a';
  expect(await fetch({ prune })).toMatchObject({ ok: true, leftOut: [{ ref: name, why: { kind: 'name-taken' } }] });
  expect(traced().filter((line) => / git fetch /.test(line))).toHaveLength(1);
});

test('a ref of the waiting room that is broken is mended as well', async () => {
  const { repo, server, fetch } = await setUp();
  const source = 'refs/heads/*';
  const text = `+${source}:refs/prefetch/remote-daemon/origin/copies/*`;
  const plan = {
    tracked: [],
    keepsAll: true,
    allTags: false,
    waiting: [{ text, source, destination: 'refs/copies/*' }],
    negative: [],
  };
  const refspecs = ['refs/heads/*:refs/copies/*'];
  expect(await fetch({ refspecs, plan })).toMatchObject({ ok: true });
  const moved = await server.pushCommit();
  writeFileSync(join(repo.directory, '.git/refs/prefetch/remote-daemon/origin/copies/main'), '');
  expect(await fetch({ refspecs, plan })).toMatchObject({ ok: true });
  expect(await repo.git('rev-parse', 'refs/copies/main')).toBe(moved);
});

test.each([
  ['empty', ''],
  ['of zeros', `${'0'.repeat(40)}\n`],
  ['of NULs', '\0'.repeat(41)],
])('a remote-tracking ref that is %s is taken away and fetched anew', async (_how, content) => {
  const { repo, server, fetch, tip } = await setUp();
  const moved = await server.pushCommit();
  writeFileSync(join(repo.directory, '.git', MAIN), content);
  const mended: string[] = [];
  expect(await fetch({ onMended: (refs) => mended.push(...refs) })).toMatchObject({ ok: true });
  expect(await tip()).toBe(moved);
  expect(mended).toEqual([MAIN]);
});

test.each([
  [
    'a branch of the user’s that is empty',
    'refs/heads/mine',
    '',
    /^refs of this repository are broken.*refs\/heads\/mine .*; note what their reflogs.*; .*: rm "/,
  ],
  [
    'a remote-tracking ref that is something else',
    MAIN,
    'notes\n',
    /refs\/remotes\/origin\/main .* loss\); to take away .*: rm "/,
  ],
  [
    'a remote-tracking ref to what is not here',
    MAIN,
    `${'1'.repeat(40)}\n`,
    /refs\/remotes\/origin\/\w+ .*name objects.*: git update-ref --no-deref -d refs\/remotes/,
  ],
])('%s is left as it is and named, and the server is not blamed', async (_what, ref, content, detail) => {
  const { repo, server, fetch } = await setUp();
  await server.pushCommit();
  const file = join(repo.directory, '.git', ref);
  writeFileSync(file, content);
  expect(await fetch()).toEqual({
    ok: false,
    failure: { code: 'broken-here', detail: expect.stringMatching(detail) },
  });
  expect(readFileSync(file, 'utf8')).toBe(content);
});

test('a hook of the user’s that refuses is told by its own words', async () => {
  const { repo, server, fetch } = await setUp();
  await server.pushCommit();
  const hooks = join(repo.directory, '.git', 'hooks');
  mkdirSync(hooks, { recursive: true });
  writeFileSync(
    join(hooks, 'reference-transaction'),
    '#!/bin/sh\n[ "$1" = prepared ] || exit 0\necho "closed today" >&2\nexit 1\n',
  );
  chmodSync(join(hooks, 'reference-transaction'), 0o755);
  for (const _ of [1, 2]) {
    expect(await fetch()).toEqual({
      ok: false,
      failure: { code: 'refused-here', detail: expect.stringMatching(/: closed today$/) },
    });
  }
});
