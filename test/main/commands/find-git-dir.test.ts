import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findWithoutGit } from '../../../src/main/commands/find-git-dir.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';

test('without git the common git dir is found where git finds it, whatever the layout', async () => {
  const scratch = makeScratch(onTestFinished);
  const { directory: top, git } = await makeRepo(scratch, 'top');
  await git('commit', '--quiet', '--allow-empty', '-m', 'first');
  await git('worktree', 'add', '--quiet', '../linked');
  await git('init', '--quiet', '--separate-git-dir=../apart', '../separate');
  await git('init', '--quiet', '--bare', '../bare.git');
  await git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', '../top', 'sub');
  fs.mkdirSync(`${top}/deep/er`, { recursive: true });
  const places = ['top', 'top/deep/er', 'top/.git', 'top/.git/refs', 'linked', 'separate', 'bare.git', 'top/sub'];
  for (const place of places) {
    const cwd = path.join(scratch.directory, place);
    const byGit = await git('-C', cwd, 'rev-parse', '--path-format=absolute', '--git-common-dir');
    expect([place, findWithoutGit(cwd, {})]).toEqual([place, byGit.trim()]);
  }
  expect(findWithoutGit(scratch.directory, { GIT_DIR: 'top/.git/worktrees/linked' })).toBe(`${top}/.git`);
  expect(findWithoutGit(scratch.directory, { GIT_DIR: 'linked/.git' })).toBe(`${top}/.git`);
  expect(findWithoutGit(scratch.directory, { GIT_DIR: 'nowhere' })).toBeUndefined();
  expect(findWithoutGit('/', {})).toBeUndefined();
  fs.symlinkSync('circle', `${scratch.directory}/circle`);
  for (const GIT_DIR of ['circle', `/${'a'.repeat(5_000)}`, `${'a/'.repeat(5_000)}`, '\0'])
    expect(findWithoutGit(scratch.directory, { GIT_DIR })).toBeUndefined();
});
