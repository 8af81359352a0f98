import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Outcome } from '../../../src/main/git/operation.ts';
import { type LocalRef, mayPass, startPush, wantedPushes } from '../../../src/main/git/push.ts';
import { parseRefName, type RefName, remoteName } from '../../../src/shared/remote.ts';
import { cloneRepo, commit, makeScratch, makeServerRepo } from '../../support/temp-repo.ts';
import { placeOf, run, script } from './git-place.ts';

const sameName = (ref: RefName): RefName[] => [ref];

function refName(text: string): RefName {
  const name = parseRefName(text);
  if (name === undefined) throw new Error(`no ref name: ${text}`);
  return name;
}

async function setUp() {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  const repo = await cloneRepo(scratch, server.directory, 'repo');
  let started = 0;
  const record = (): (() => void) => {
    started += 1;
    return () => undefined;
  };
  const push = (names: readonly string[], destinations = sameName): Promise<Outcome> =>
    startPush(placeOf(scratch, repo, { record }), { remote: remoteName('origin'), names: () => names, destinations })
      .finished;
  return { scratch, server, repo, push, started: () => started };
}

test('the refs that were named are pushed, and no other', async () => {
  const { server, repo, push } = await setUp();
  const tip = await commit(repo);
  await repo.git('branch', 'private');
  await repo.git('tag', '-a', '-m', 'x', 'v1');
  await repo.git('config', 'push.followTags', 'true');
  expect(await push(['refs/heads/main', 'refs/heads/gone', 'refs/remotes/origin/main', 'nonsense'])).toEqual({
    ok: true,
  });
  expect(await server.git('for-each-ref', '--format=%(refname) %(objectname)')).toBe(`refs/heads/main ${tip}`);
  expect(await repo.git('rev-parse', 'refs/remotes/origin/main')).toBe(tip);
});

test('an object name stands for the branches and tags that point at it', async () => {
  const { server, repo, push } = await setUp();
  const tip = await commit(repo);
  await repo.git('branch', 'other');
  await repo.git('tag', 'v1');
  await repo.git('branch', 'older', 'HEAD~1');
  expect(await push([tip])).toEqual({ ok: true });
  const pushed = await server.git('for-each-ref', '--format=%(refname)');
  expect(pushed.split('\n')).toEqual(['refs/heads/main', 'refs/heads/other', 'refs/tags/v1']);
});

test('a ref goes where the mapping says', async () => {
  const { server, repo, push } = await setUp();
  const tip = await commit(repo);
  expect(await push(['refs/heads/main'], () => [refName('refs/heads/backup/main')])).toEqual({ ok: true });
  expect(await server.git('rev-parse', 'refs/heads/backup/main')).toBe(tip);
  expect(await push(['refs/heads/main'], () => [])).toEqual({ ok: true });
});

test('a push is never forced: the remote keeps what would be lost, the rest goes through', async () => {
  const { server, repo, push } = await setUp();
  const kept = await server.pushCommit();
  await commit(repo);
  await repo.git('branch', 'new');
  expect(await push(['refs/heads/main', 'refs/heads/new'])).toEqual({
    ok: false,
    failure: { code: 'remote-error', detail: 'refs/heads/main:refs/heads/main [rejected] (fetch first)' },
    refused: true,
  });
  expect(await server.git('rev-parse', 'main')).toBe(kept);
  expect(await server.git('rev-parse', 'new')).toBe(await repo.git('rev-parse', 'new'));
});

test('a ref that is locked on the server may be taken next time, and is offered again', async () => {
  const { server, repo, push } = await setUp();
  const tip = await commit(repo);
  const lock = join(server.directory, 'refs/heads/main.lock');
  writeFileSync(lock, '');
  const outcome = await push(['refs/heads/main']);
  expect(outcome).toMatchObject({ ok: false, failure: { code: 'remote-error' } });
  expect(outcome).not.toHaveProperty('refused');
  rmSync(lock);
  expect(await push(['refs/heads/main'])).toEqual({ ok: true });
  expect(await server.git('rev-parse', 'main')).toBe(tip);
});

test.each([
  ['[remote rejected] (failed to update ref)', true],
  ['[remote rejected] (reference already exists)', true],
  ['[remote rejected] (unpacker error)', true],
  ['[remote rejected] (internal server error)', true],
  ['[remote failure] (remote failed to report status)', true],
  ['[remote rejected] (pre-receive hook declined)', false],
  ['[remote rejected] (branch is currently checked out)', false],
  ['[remote rejected] (refname conflict)', false],
  ['[rejected] (fetch first)', false],
  ['[rejected] (already exists)', false],
])('of a ref that was not taken, %s, it is told whether that may pass', (reason, passes) => {
  expect(mayPass(`!\trefs/heads/a:refs/heads/a\t${reason}`)).toBe(passes);
});

test('hooks run, and a hook that says no ends the push', async () => {
  const { scratch, server, repo, push } = await setUp();
  const hook = script(
    scratch,
    'hook',
    `echo "$GIT_REFLOG_ACTION" >${scratch.directory}/ran`,
    'echo not today >&2; exit 1',
  );
  await run('cp', [hook, join(repo.directory, '.git', 'hooks', 'pre-push')]);
  await commit(repo);
  const before = await server.git('rev-parse', 'main');
  const outcome = await push(['refs/heads/main']);
  expect(outcome).toMatchObject({ ok: false, failure: { code: 'unknown', detail: 'not today' } });
  expect(readFileSync(join(scratch.directory, 'ran'), 'utf8')).toBe('remote-daemon\n');
  expect(await server.git('rev-parse', 'main')).toBe(before);
});

test('a push that cannot reach the remote fails as such', async () => {
  const { repo, push } = await setUp();
  await repo.git('remote', 'set-url', 'origin', '/nowhere');
  const outcome = await push(['refs/heads/main']);
  expect(outcome).toMatchObject({ ok: false, failure: { code: 'no-repository' } });
  expect(outcome).not.toHaveProperty('refused');
});

test.each([
  ['this repository is read-only for you; write access denied', true],
  ['this repository is read-only; write access denied', true],
  ['too many are here now', false],
])('a peer that says "%s" is tried again, or not until something moves', async (why, isRefused) => {
  const { scratch, repo, push } = await setUp();
  const line = `ERR ${why}`;
  const packet = (line.length + 4).toString(16).padStart(4, '0') + line;
  await repo.git('config', 'remote.origin.receivepack', script(scratch, 'read-only', `printf '%s' '${packet}'`));
  await commit(repo);
  const outcome = await push(['refs/heads/main']);
  expect(outcome).toMatchObject({ ok: false, failure: { detail: expect.stringContaining(why) } });
  expect('refused' in outcome).toBe(isRefused);
});

test('a remote ref that another push moved to the wanted value meanwhile is a success', async () => {
  const { scratch, server, repo, push, started } = await setUp();
  const tip = await commit(repo);
  // The server's hook runs when receive-pack has read the old value, and before it locks the ref; the objects are in
  // quarantine then, so the other push brings its own.
  const other = `env -u GIT_QUARANTINE_PATH -u GIT_OBJECT_DIRECTORY -u GIT_ALTERNATE_OBJECT_DIRECTORIES -u GIT_DIR git`;
  const once = `mkdir ${scratch.directory}/once 2>/dev/null`;
  const push2 = `${other} -C ${repo.directory} push --quiet --no-verify ${server.directory} main`;
  const hook = script(scratch, 'hook', `cat >/dev/null; if ${once}; then ${push2}; fi; exit 0`);
  await run('cp', [hook, join(server.directory, 'hooks', 'pre-receive')]);
  expect(await push(['refs/heads/main'])).toEqual({ ok: true });
  // The list of refs, a push that was too late, and one that found nothing left to do.
  expect(started()).toBe(3);
  expect(await server.git('rev-parse', 'main')).toBe(tip);
});

test('no refspec is made for names that mean nothing here', () => {
  const object = '1'.repeat(40);
  const refs: LocalRef[] = [{ name: refName('refs/heads/a'), object }];
  expect(wantedPushes(refs, ['refs/heads/b', '2'.repeat(40), 'a', '--force', ''], sameName)).toEqual([]);
  expect(wantedPushes(refs, [object, 'refs/heads/a'], sameName)).toEqual(['refs/heads/a:refs/heads/a']);
});
