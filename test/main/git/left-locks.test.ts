// Owns: which locks of refs are removed after a git was ended, and which never.
// Leaves: that git leaves them, and that it is looked then (test/model).
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeLeftLocks } from '../../../src/main/git/left-locks.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';

async function makePlace() {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeRepo(scratch, 'clone');
  const refs = join(repo.directory, '.git/refs');
  const lock = join(refs, 'remotes/origin/main.lock');
  mkdirSync(dirname(lock), { recursive: true });
  const make = (content = ''): void => writeFileSync(lock, content);
  return { scratch, repo, refs, lock, make };
}

const LONG_AGO_MS = 0;
const noProc = !existsSync('/proc/self/fd');

test.skipIf(noProc)('an empty one that nobody holds is removed', async () => {
  const { refs, lock, make } = await makePlace();
  make();
  expect(await removeLeftLocks(refs, LONG_AGO_MS)).toEqual([lock]);
  expect(existsSync(lock)).toBe(false);
});

test('one that git has written to is left: its transaction may go on', async () => {
  const { refs, lock, make } = await makePlace();
  make('0123456789\n');
  expect(await removeLeftLocks(refs, LONG_AGO_MS)).toEqual([]);
  expect(existsSync(lock)).toBe(true);
});

test('one that was there before is left', async () => {
  const { refs, lock, make } = await makePlace();
  make();
  utimesSync(lock, 0, 0);
  expect(await removeLeftLocks(refs, Date.now() + 60_000)).toEqual([]);
});

test('one that a process has open is left', async () => {
  const { refs, lock, make } = await makePlace();
  make();
  const descriptor = openSync(lock, 'r');
  onTestFinished(() => closeSync(descriptor));
  expect(await removeLeftLocks(refs, LONG_AGO_MS)).toEqual([]);
});

test('none is removed while a git is at work in the repository', async () => {
  const { scratch, repo, refs, lock, make } = await makePlace();
  make();
  const git = spawn('git', ['cat-file', '--batch-check'], { cwd: repo.directory, env: scratch.env });
  const exited = new Promise((resolve) => git.once('exit', resolve));
  git.stdin.write('HEAD\n');
  await new Promise((resolve) => git.stdout.once('data', resolve));
  expect(await removeLeftLocks(refs, LONG_AGO_MS)).toEqual([]);
  git.stdin.end();
  await exited;
  if (!noProc) expect(await removeLeftLocks(refs, LONG_AGO_MS)).toEqual([lock]);
});

test('where there are no loose refs there is nothing to do', async () => {
  expect(await removeLeftLocks('/no/such/refs', LONG_AGO_MS)).toEqual([]);
});
