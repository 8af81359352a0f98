import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { whyTooOld } from '../../../src/main/config/git-version.ts';
import { startFetch } from '../../../src/main/git/fetch.ts';
import { remoteName } from '../../../src/shared/remote.ts';
import { makeScratch, makeServerRepo, openRepo } from '../../support/temp-repo.ts';
import { placeOf } from './git-place.ts';

test('a mirror gets all branches but those that linked work trees are on, which are told of and not pruned', async () => {
  const scratch = makeScratch(onTestFinished);
  const server = await makeServerRepo(scratch);
  for (const branch of ['other', 'gone']) await server.pushCommit(branch);
  const base = openRepo(scratch.directory, scratch.env);
  await base.git('clone', '--quiet', '--mirror', server.directory, 'mirror.git');
  const mirror = openRepo(join(scratch.directory, 'mirror.git'), scratch.env);
  const [tip, gone] = [await mirror.git('rev-parse', 'main'), await mirror.git('rev-parse', 'gone')];
  await mirror.git('worktree', 'add', '--quiet', join(scratch.directory, 'work'), 'main');
  await mirror.git('worktree', 'add', '--quiet', join(scratch.directory, 'another'), 'gone');
  writeFileSync(join(mirror.directory, 'worktrees/another/BISECT_START'), `${gone}\n`);
  await server.pushCommit();
  const other = await server.pushCommit('other');
  await server.git('update-ref', '-d', 'refs/heads/gone');
  const refspecs = ['+refs/*:refs/*'];
  const outcome = await startFetch(placeOf(scratch, mirror), {
    remote: remoteName('origin'),
    mode: 'fetch',
    isMirror: true,
    refspecs,
    prune: { pruning: { refspecs }, isDue: true },
  }).finished;
  const leftOut = ['refs/heads/gone', 'refs/heads/main'].map((ref) =>
    expect.objectContaining({ ref, why: { kind: 'checked-out' } }),
  );
  expect(outcome).toMatchObject({ ok: true, leftOut: expect.arrayContaining(leftOut) });
  expect(outcome).toHaveProperty('leftOut.length', 2);
  expect(await mirror.git('rev-parse', 'main', 'gone', 'other')).toBe([tip, gone, other].join('\n'));
});

test('into refs/prefetch/ all branches go, and none is told of', async ({ skip }) => {
  const scratch = makeScratch(onTestFinished);
  const said = await openRepo(scratch.directory, scratch.env).git('version');
  skip(whyTooOld(said, [2, 32]) !== undefined, 'this git cannot prefetch');
  const server = await makeServerRepo(scratch);
  await openRepo(scratch.directory, scratch.env).git('clone', '--quiet', '--mirror', server.directory, 'mirror.git');
  const mirror = openRepo(join(scratch.directory, 'mirror.git'), scratch.env);
  await mirror.git('worktree', 'add', '--quiet', join(scratch.directory, 'work'), 'main');
  const tip = await server.pushCommit();
  const fetched = startFetch(placeOf(scratch, mirror), {
    remote: remoteName('origin'),
    mode: 'prefetch',
    isMirror: true,
    refspecs: ['+refs/*:refs/*'],
  });
  expect(await fetched.finished).toEqual({ ok: true });
  expect(await mirror.git('rev-parse', 'refs/prefetch/heads/main')).toBe(tip);
});
