// Owns: what is told of a file or directory that went, or in whose place another came.
// Leaves: watching for it (directory-watches.test.ts).
import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { directoryIdentity, lookAt } from '../../../src/shared/system/file-identity.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const place = (): string => join(makeScratch(onTestFinished).directory, 'here');

test('a directory is another one than that which was there before it, be it with the same inode', () => {
  const here = place();
  const seen = new Set<string | undefined>();
  for (let times = 0; times < 5; times += 1) {
    mkdirSync(here);
    seen.add(directoryIdentity(here));
    rmdirSync(here);
  }
  expect(seen.size).toBe(5);
  expect(seen).not.toContain(undefined);
});

test('a directory stays the same, whatever comes and goes in it and whatever it is called', () => {
  const here = place();
  mkdirSync(here);
  const before = directoryIdentity(here);
  writeFileSync(join(here, 'file'), '');
  renameSync(here, `${here}-renamed`);
  expect(directoryIdentity(`${here}-renamed`)).toBe(before);
});

test('what is gone is told from what cannot be seen, and a file from a directory', () => {
  const here = place();
  expect([lookAt(here).kind, lookAt('/etc/passwd/x').kind]).toEqual(['gone', 'gone']);
  expect(lookAt('x'.repeat(300)).kind).toBe('unseen');
  writeFileSync(here, '');
  expect([lookAt(here).kind, directoryIdentity(here)]).toEqual(['there', undefined]);
});
