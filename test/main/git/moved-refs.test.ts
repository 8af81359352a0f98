// Owns: which refs an operation says it has moved, held against what real git did, in either object format.
// Leaves: the words of other versions of git (fetch-rows.test.ts), and who is told (test/end-to-end/events.test.ts).
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type FetchRequest, startFetch } from '../../../src/main/git/fetch.ts';
import type { GitPlace, RunningOperation, Work } from '../../../src/main/git/operation.ts';
import { startPush } from '../../../src/main/git/push.ts';
import type { RefMove } from '../../../src/shared/events.ts';
import { planFetch } from '../../../src/shared/refs/fetch-plan.ts';
import { mapPush } from '../../../src/shared/refs/refspec.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { untilRef } from '../../support/scene.ts';
import { cloneRepo, commit, makeRepo, makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { beforeEachPack, placeOf, script } from './git-place.ts';

const ORIGIN = remoteName('origin');
const TRACKING = '+refs/heads/*:refs/remotes/origin/*';
const BARE_MIRROR = '+refs/*:refs/*';

async function setUp({ objects = 'sha1', readsFiles = true } = {}) {
  const made = makeScratch(onTestFinished);
  const scratch = { ...made, env: { ...made.env, GIT_DEFAULT_HASH: objects } };
  const server = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  let gits = 0;
  const record = (): (() => void) => {
    gits += 1;
    return () => undefined;
  };
  const { commonDir, ...others } = placeOf(scratch, repo, { record });
  const place: GitPlace = readsFiles && commonDir !== undefined ? { ...others, commonDir } : others;
  const fetch = (request: Partial<FetchRequest> = {}) =>
    workOf(startFetch(place, { remote: ORIGIN, mode: 'fetch', refspecs: [TRACKING], ...request }));
  return { scratch, server, repo, place, fetch, gits: () => gits };
}

async function workOf(operation: RunningOperation): Promise<Work> {
  const outcome = await operation.finished;
  expect(outcome).toMatchObject({ ok: true });
  return operation.work?.() ?? { moved: [], tookMs: -1 };
}

const byName = (moved: readonly RefMove[]): RefMove[] =>
  [...moved].sort((one, other) => (one.ref < other.ref ? -1 : 1));

describe.each(['sha1', 'sha256'])('with object names of %s', (objects) => {
  test('a fetch tells each ref that it made, moved, forced or deleted, by full names, and how long it took', async () => {
    const { server, repo, fetch } = await setUp({ objects });
    const old = await repo.git('rev-parse', 'origin/main');
    await server.git('branch', 'gone', 'main');
    await server.git('branch', 'back', 'main');
    await repo.git('fetch', '--quiet');
    const tip = await server.pushCommit();
    await server.git('update-ref', 'refs/heads/new/one', old);
    await server.git('tag', 'v1', tip);
    await server.git('branch', '-D', 'gone');
    const orphan = await server.writer.git('commit-tree', '-m', 'another', `${old}^{tree}`);
    await server.writer.git('push', '--quiet', 'origin', `+${orphan}:refs/heads/back`);
    const { moved, tookMs } = await fetch({ prune: { pruning: { refspecs: [TRACKING] }, isDue: true } });
    expect(byName(moved)).toEqual([
      { ref: 'refs/remotes/origin/back', old, new: orphan, how: 'forced' },
      { ref: 'refs/remotes/origin/gone', old, how: 'deleted' },
      { ref: 'refs/remotes/origin/main', old, new: tip, how: 'forwarded' },
      { ref: 'refs/remotes/origin/new/one', new: old, how: 'new' },
      { ref: 'refs/tags/v1', new: tip, how: 'new' },
    ]);
    expect(tookMs).toBeGreaterThan(0);
    expect((await fetch()).moved).toEqual([]);
  });
});

test('what is new costs no further git where its file tells to what it leads, and one git for all where it does not', async () => {
  for (const readsFiles of [true, false]) {
    const { server, fetch, gits } = await setUp({ readsFiles });
    const tip = await server.pushCommit();
    for (const name of ['a', 'b', 'c']) await server.git('branch', name, tip);
    const { moved } = await fetch();
    expect(moved.map((move) => move.new)).toEqual([tip, tip, tip, tip]);
    expect(gits()).toBe(readsFiles ? 1 : 2);
  }
});

test('a fetch that only moves a branch is one git, whether or not files of refs can be read', async () => {
  const { server, fetch, gits } = await setUp({ readsFiles: false });
  const tip = await server.pushCommit();
  expect((await fetch()).moved).toMatchObject([{ ref: 'refs/remotes/origin/main', new: tip, how: 'forwarded' }]);
  expect(gits()).toBe(1);
});

test('a tag that is moved by force is told with where it is now', async () => {
  const { server, repo, fetch } = await setUp();
  await server.git('tag', 'v1', 'main');
  await repo.git('fetch', '--quiet');
  const tip = await server.pushCommit();
  await server.git('tag', '-f', 'v1', tip);
  await repo.git('config', '--add', 'remote.origin.fetch', '+refs/tags/*:refs/tags/*');
  const { moved } = await fetch({ refspecs: [TRACKING, '+refs/tags/*:refs/tags/*'] });
  expect(moved).toContainEqual({ ref: 'refs/tags/v1', new: tip, how: 'forced' });
});

test('a mirror tells its own branches, tags and all else', async () => {
  const { scratch, server } = await setUp();
  const mirror = await makeRepo(scratch, 'mirror', '--bare');
  await mirror.git('remote', 'add', '--mirror=fetch', 'origin', server.directory);
  const tip = await server.pushCommit();
  await server.git('tag', 'v1', tip);
  await server.git('update-ref', 'refs/pull/1/head', tip);
  const place = placeOf(scratch, mirror);
  const request = { remote: ORIGIN, mode: 'fetch', isMirror: true, refspecs: [BARE_MIRROR] } as const;
  const first = await workOf(startFetch(place, request));
  expect(byName(first.moved)).toEqual(
    ['refs/heads/main', 'refs/pull/1/head', 'refs/tags/v1'].map((ref) => ({ ref, new: tip, how: 'new' })),
  );
  const next = await server.pushCommit();
  const second = await workOf(startFetch(place, request));
  expect(second.moved).toEqual([{ ref: 'refs/heads/main', old: tip, new: next, how: 'forwarded' }]);
});

test('a prefetch tells what it moved below refs/prefetch/', async () => {
  const { server, fetch } = await setUp();
  const tip = await server.pushCommit();
  const { moved } = await fetch({ mode: 'prefetch' });
  expect(moved).toEqual([{ ref: 'refs/prefetch/remotes/origin/main', new: tip, how: 'new' }]);
});

test('of refs that wait before they are brought in it is told where they come to be, once', async () => {
  const { server, repo, fetch } = await setUp();
  const refspecs = [TRACKING, 'refs/notes/*:refs/notes/*'];
  const plan = planFetch({
    ...{ remote: 'origin', refspecs, bare: false, mirror: false, prunes: false, prunesTags: false, others: [] },
  });
  if (plan === undefined) throw new Error('notes are to wait');
  const first = await repo.git('rev-parse', 'origin/main');
  await server.git('update-ref', 'refs/notes/commits', first);
  expect((await fetch({ refspecs, plan })).moved).toEqual([{ ref: 'refs/notes/commits', new: first, how: 'new' }]);
  const tip = await server.pushCommit();
  await server.git('update-ref', 'refs/notes/commits', tip);
  expect(byName((await fetch({ refspecs, plan })).moved)).toEqual([
    { ref: 'refs/notes/commits', old: first, new: tip, how: 'forwarded' },
    { ref: 'refs/remotes/origin/main', old: first, new: tip, how: 'forwarded' },
  ]);
});

test('a ref that another git has brought meanwhile is not told as moved by us, and what was moved is told all the same', async () => {
  const { scratch, server, repo, fetch } = await setUp();
  const tip = await server.pushCommit();
  await server.git('branch', 'other', tip);
  beforeEachPack(
    scratch,
    `(cd ${repo.directory} && env -u GIT_DIR git -c protocol.file.allow=always fetch -q --no-write-fetch-head ${server.directory} main:refs/remotes/origin/main) </dev/null >&2`,
  );
  const { moved } = await fetch();
  expect(await repo.git('rev-parse', 'origin/main')).toBe(tip);
  expect(moved).toEqual([{ ref: 'refs/remotes/origin/other', new: tip, how: 'new' }]);
});

test('a fetch that is ended tells what it had moved until then', async () => {
  const { scratch, server, repo, place } = await setUp();
  const old = await repo.git('rev-parse', 'origin/main');
  const tip = await server.pushCommit();
  await server.git('branch', 'z', tip);
  const hooks = join(scratch.directory, 'hooks');
  mkdirSync(hooks);
  const hang = script(scratch, 'hang', 'grep -q /z$ && [ "$1" = committed ] && exec sleep 60', 'exit 0');
  symlinkSync(hang, join(hooks, 'reference-transaction'));
  await repo.git('config', 'core.hooksPath', hooks);
  const operation = startFetch(place, { remote: ORIGIN, mode: 'fetch', refspecs: [TRACKING] });
  await untilRef(repo, 'refs/remotes/origin/z', tip);
  await operation.end(1_000);
  expect(operation.work?.().moved).toContainEqual({
    ...{ ref: 'refs/remotes/origin/main', old, new: tip, how: 'forwarded' },
  });
});

test('a fetch that is ended while it only asks where what it brought leads has worked, and tells that', async () => {
  const { server, place } = await setUp({ readsFiles: false });
  await server.git('branch', 'z', 'main');
  let gits = 0;
  const record = (): (() => void) => {
    gits += 1;
    if (gits === 2) queueMicrotask(() => void operation.end(0));
    return () => undefined;
  };
  const operation = startFetch(
    { ...place, running: { record } },
    { remote: ORIGIN, mode: 'fetch', refspecs: [TRACKING] },
  );
  const work = await workOf(operation);
  expect(work.moved).toMatchObject([{ ref: 'refs/remotes/origin/z', how: 'new' }]);
});

test('a server with more new refs than are told: the others are counted', async () => {
  const { server, fetch } = await setUp();
  const tip = await server.git('rev-parse', 'main');
  const orders = Array.from({ length: 1_100 }, (_, index) => `create refs/heads/b${index} ${tip}\n`).join('');
  execFileSync('git', ['update-ref', '--stdin'], { cwd: server.directory, input: orders });
  const { moved, movedBesides } = await fetch();
  expect(moved).toHaveLength(1_000);
  expect(movedBesides).toBe(100);
  expect(new Set(moved.map((move) => move.new))).toEqual(new Set([tip]));
});

test('a push tells which refs of the remote it made or moved, also where others were refused', async () => {
  const { server, repo, place } = await setUp();
  const old = await repo.git('rev-parse', 'main');
  const tip = await commit(repo);
  await repo.git('branch', 'topic', tip);
  await server.pushCommit('taken');
  await repo.git('branch', 'taken', tip);
  const push = startPush(place, {
    remote: ORIGIN,
    names: () => ['refs/heads/main', 'refs/heads/topic', 'refs/heads/taken'],
    destinations: mapPush(['refs/heads/*:refs/heads/*']),
  });
  expect(await push.finished).toMatchObject({ ok: false });
  expect(byName(push.work?.().moved ?? [])).toEqual([
    { ref: 'refs/heads/main', old, new: tip, how: 'forwarded' },
    { ref: 'refs/heads/topic', new: tip, how: 'new' },
  ]);
});
