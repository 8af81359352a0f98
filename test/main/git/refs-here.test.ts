// Owns: that a ref is said to be here just so only where git says the same.
// Leaves: which refs are asked for (all-here.test.ts), and what follows (news.test.ts).
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRefsHere } from '../../../src/main/git/refs-here.ts';
import { parseObjectName, parseRefName } from '../../../src/shared/remote.ts';
import { commit, makeRepo, makeScratch } from '../../support/temp-repo.ts';

async function setUp() {
  const repo = await makeRepo(makeScratch(onTestFinished), 'repo', '--initial-branch=main');
  const tip = await commit(repo);
  const gitDir = join(repo.directory, '.git');
  const isHere = createRefsHere(gitDir);
  const asked = (ref: string, at: string | undefined): boolean =>
    isHere([
      { place: parseRefName(ref) ?? expect.unreachable(ref), tip: at === undefined ? undefined : parseObjectName(at) },
    ]);
  return { repo, tip, gitDir, asked };
}

test('a loose ref is here with its tip, and with no other', async () => {
  const { tip, asked } = await setUp();
  expect(asked('refs/heads/main', tip)).toBe(true);
  expect(asked('refs/heads/main', '0'.repeat(40))).toBe(false);
  expect(asked('refs/heads/main', undefined)).toBe(false);
});

test('a ref that is neither loose nor packed is not here', async () => {
  const { repo, asked } = await setUp();
  expect(asked('refs/heads/none', undefined)).toBe(true);
  await repo.git('branch', 'kept');
  await repo.git('pack-refs', '--all');
  expect(asked('refs/heads/none', undefined)).toBe(true);
  expect(asked('refs/heads/kept', undefined)).toBe(false);
});

test('of what its file does not show nothing is certain', async () => {
  const { repo, tip, gitDir, asked } = await setUp();
  await repo.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
  symlinkSync('main', join(gitDir, 'refs', 'heads', 'link'));
  writeFileSync(join(gitDir, 'refs', 'heads', 'long'), `${tip}${'\n'.repeat(2_000)}`);
  for (const name of ['alias', 'long', 'none']) expect(asked(`refs/heads/${name}`, tip)).toBe(false);
  expect(asked('refs/bisect/bad', undefined)).toBe(false);
  mkdirSync(join(gitDir, 'reftable'));
  expect(asked('refs/heads/none', undefined)).toBe(false);
  rmSync(join(gitDir, 'reftable'), { recursive: true });
  writeFileSync(join(gitDir, 'packed-refs'), `${tip} refs/heads/x\n`.repeat(10_000));
  expect(asked('refs/heads/none', undefined)).toBe(false);
});
