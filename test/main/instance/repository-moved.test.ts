// Owns: when a daemon takes its repository for gone: made-up time, real files.
// Leaves: what it does then (test/end-to-end).
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { watchRepository } from '../../../src/main/instance/repository-moved.ts';
import { stateDirectory } from '../../../src/main/instance/state-directory.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const LOOK_MS = 5_000;

function setUp() {
  const directory = stateDirectory(makeScratch(onTestFinished).directory);
  mkdirSync(directory.path);
  writeFileSync(directory.lock, '');
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const gone: string[] = [];
  onTestFinished(watchRepository(directory, (why) => gone.push(why)));
  return { ...directory, gone };
}

test.each<readonly [string, (path: string) => void]>([
  ['removed', (path) => rmSync(path, { recursive: true })],
  [
    'replaced',
    (path) => {
      renameSync(path, `${path}-away`);
      mkdirSync(path);
      writeFileSync(join(path, 'lock'), '');
    },
  ],
  [
    'put out of reach by a file',
    (path) => {
      renameSync(path, `${path}-away`);
      writeFileSync(path, '');
    },
  ],
])('a repository that was %s is told, once', (_how, takeAway) => {
  const { path, gone } = setUp();
  vi.advanceTimersByTime(LOOK_MS);
  expect(gone).toEqual([]);
  takeAway(path);
  vi.advanceTimersByTime(2 * LOOK_MS);
  expect(gone).toEqual([`${path} was moved or removed`]);
});

test.each<readonly [string, (at: { readonly lock: string; readonly note: string }) => void]>([
  ['the repository was replaced', ({ note }) => writeFileSync(note, '/run/x\nanother\n')],
  ['the repository was removed', ({ note }) => rmSync(note)],
  ['its files, which are elsewhere, were removed', ({ lock }) => rmSync(lock)],
])('where a note leads elsewhere, it is told that %s', (_what, change) => {
  const { directory: commonDir } = makeScratch(onTestFinished);
  const note = join(commonDir, 'note');
  const directory = { ...stateDirectory(commonDir), note };
  mkdirSync(directory.path);
  writeFileSync(directory.lock, '');
  writeFileSync(note, '/run/x\none\n');
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const gone: string[] = [];
  onTestFinished(watchRepository(directory, (why) => gone.push(why)));
  vi.advanceTimersByTime(LOOK_MS);
  expect(gone).toEqual([]);
  change(directory);
  vi.advanceTimersByTime(LOOK_MS);
  expect(gone).toEqual([`${commonDir} was moved or removed`]);
});

test('what cannot be looked at for a while is not gone', () => {
  const { path, gone } = setUp();
  renameSync(path, `${path}-away`);
  // ELOOP, which root is told as well; so a disk fails with EIO, and a network file system with ESTALE.
  symlinkSync(path, path);
  vi.advanceTimersByTime(LOOK_MS);
  rmSync(path);
  renameSync(`${path}-away`, path);
  vi.advanceTimersByTime(LOOK_MS);
  expect(gone).toEqual([]);
  rmSync(path, { recursive: true });
  vi.advanceTimersByTime(LOOK_MS);
  expect(gone).toHaveLength(1);
});
