// Owns: that no tag can be taken away here without the mark of them being another, or none.
// Leaves: what is concluded from that (tags-here.test.ts).
import { mkdirSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTagsMark } from '../../../src/main/git/tags-mark.ts';
import { commit, makeRepo, makeScratch } from '../../support/temp-repo.ts';

/** As it is read long after all that was done: time stamps that are too young to be told apart are a test of their own. */
const LATER_MS = 60_000;

async function setUp() {
  const repo = await makeRepo(makeScratch(onTestFinished), 'repo', '--initial-branch=main');
  await commit(repo);
  for (const tag of ['loose', 'other', 'in/a/folder', 'in/a/second']) await repo.git('tag', tag);
  const gitDir = join(repo.directory, '.git');
  return { repo, gitDir, mark: createTagsMark(gitDir, () => Date.now() + LATER_MS) };
}

test.each(['loose', 'in/a/folder'])('a loose tag %s that is taken away makes it another', async (tag) => {
  const { repo, mark } = await setUp();
  const before = mark();
  expect(before).toBeDefined();
  expect(mark()).toBe(before);
  await repo.git('tag', '-d', tag);
  expect(mark()).not.toBe(before);
});

test('so does one that is packed', async () => {
  const { repo, mark } = await setUp();
  await repo.git('pack-refs', '--all');
  const before = mark();
  await repo.git('tag', '-d', 'in/a/folder');
  expect(mark()).not.toBe(before);
});

test('a branch that moves leaves it as it is', async () => {
  const { repo, mark } = await setUp();
  const before = mark();
  await commit(repo);
  expect(mark()).toBe(before);
});

test('there is none where something was changed just now, as the next change might not show', async () => {
  const { gitDir, repo } = await setUp();
  await repo.git('tag', 'now');
  expect(createTagsMark(gitDir)()).toBeUndefined();
});

test('how long that is depends on what times the file system keeps', async () => {
  const { gitDir } = await setUp();
  const at = 1_700_000_000;
  const markWhen = (changedAt: number, now: number): string | undefined => {
    for (const folder of ['', 'in', 'in/a']) utimesSync(join(gitDir, 'refs/tags', folder), changedAt, changedAt);
    return createTagsMark(gitDir, () => now * 1_000)();
  };
  expect(markWhen(at + 0.5, at + 0.59)).toBeUndefined();
  expect(markWhen(at + 0.5, at + 0.61)).toBeDefined();
  expect(markWhen(at, at + 1.9)).toBeUndefined();
  expect(markWhen(at, at + 2.1)).toBeDefined();
});

test('there is none where refs are kept in tables', async () => {
  const { gitDir, mark } = await setUp();
  mkdirSync(join(gitDir, 'reftable'));
  expect(mark()).toBeUndefined();
});

test.each([
  ['another tag', 'loose'],
  ['a folder of them', 'in'],
  ['nothing', 'nowhere'],
  ['itself', 'link'],
])('there is none, and no fault, where a symbolic link leads to %s', async (_what, target) => {
  const { gitDir, mark } = await setUp();
  symlinkSync(target, join(gitDir, 'refs/tags/link'));
  expect(mark()).toBeUndefined();
});
