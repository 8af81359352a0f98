import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeDirectories } from '../../../src/shared/system/make-directories.ts';
import { makeScratch } from '../../support/temp-repo.ts';

test('those that are missing are made, and told', () => {
  const { directory } = makeScratch(onTestFinished);
  mkdirSync(join(directory, 'a'));
  const made = [join(directory, 'a/b/c'), join(directory, 'a/b')];
  expect(makeDirectories(join(directory, 'a/b/c'), 0o700)).toEqual(made);
  for (const each of made) expect(statSync(each).mode & 0o777).toBe(0o700);
  expect(makeDirectories(join(directory, 'a/b/c'))).toEqual([]);
});

test('what is in the way is told', () => {
  const { directory } = makeScratch(onTestFinished);
  writeFileSync(join(directory, 'file'), '');
  symlinkSync(join(directory, 'nowhere/at/all'), join(directory, 'link'));
  expect(() => makeDirectories(join(directory, 'file/a'))).toThrow(/ENOTDIR/);
  expect(() => makeDirectories(join(directory, 'link/a'))).toThrow(/EEXIST|ENOENT/);
});

test.skipIf(!existsSync('/proc/self'))('where none can be made there is an end', () => {
  expect(() => makeDirectories('/proc/none/at/all')).toThrow(/ENOENT/);
});
