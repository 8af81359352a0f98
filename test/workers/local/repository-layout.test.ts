// Owns: that a path is taken as git takes it, held against real git.
// Leaves: watching what was found (local-watch.test.ts).
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf } from '../../../src/shared/failures.ts';
import { disksNow } from '../../../src/workers/local/file-systems.ts';
import { absolutePath, findRepository, type RepositoryLayout } from '../../../src/workers/local/repository-layout.ts';
import { commit, makeRepo, makeScratch, openRepo, type Scratch } from '../../support/temp-repo.ts';

/** Every kind of place a repository can be asked for by, all in one directory. */
async function makePlaces(): Promise<Scratch> {
  const scratch = makeScratch(onTestFinished);
  const at = (...names: readonly string[]): string => join(scratch.directory, ...names);
  await makeRepo(scratch, 'bare.git', '--bare');
  await makeRepo(scratch, 'plain', '--bare');
  const work = await makeRepo(scratch, 'work');
  await commit(work);
  await work.git('worktree', 'add', '--quiet', '../linked');
  await makeRepo(scratch, 'suffixed.git');
  await makeRepo(scratch, 'apart', '--separate-git-dir', at('apart-refs'));
  await makeRepo(scratch, 'both', '--bare');
  await makeRepo(scratch, 'both/.git', '--bare');
  symlinkSync('work', at('link'));
  symlinkSync('missing', at('dangling'));
  mkdirSync(at('empty'));
  mkdirSync(at('broken.git'));
  writeFileSync(at('broken.git', 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(at('pointer'), `gitdir: ${at('bare.git')}\n`);
  writeFileSync(at('lost'), 'gitdir: nowhere\n');
  return scratch;
}

test.each([
  ['bare.git', 'bare.git', 'bare.git'],
  ['bare', 'bare.git', 'bare.git'],
  ['bare.git///', 'bare.git', 'bare.git'],
  ['plain', 'plain', 'plain'],
  ['work', 'work/.git', 'work/.git'],
  ['work/.git', 'work/.git', 'work/.git'],
  ['linked', 'work/.git/worktrees/linked', 'work/.git'],
  ['linked/.git', 'work/.git/worktrees/linked', 'work/.git'],
  ['suffixed', 'suffixed.git/.git', 'suffixed.git/.git'],
  ['apart', 'apart-refs', 'apart-refs'],
  ['both', 'both/.git', 'both/.git'],
  ['link', 'link/.git', 'link/.git'],
  ['pointer', 'bare.git', 'bare.git'],
])('%s is a repository to git, and its refs are found', async (name, gitDir, commonDir) => {
  const scratch = await makePlaces();
  const place = absolutePath(name, scratch.directory, scratch.home);
  await expect(openRepo(scratch.directory, scratch.env).git('ls-remote', name)).resolves.toBeDefined();
  expect(find(place)).toMatchObject({
    gitDir: join(scratch.directory, gitDir),
    commonDir: join(scratch.directory, commonDir),
  });
});

test.each(['missing', 'missing/deeper', 'dangling', 'empty', 'broken', 'broken.git', 'lost'])(
  '%s is none to git, and is not there',
  async (name) => {
    const scratch = await makePlaces();
    await expect(openRepo(scratch.directory, scratch.env).git('ls-remote', name)).rejects.toThrow();
    expect(failureAt(join(scratch.directory, name))).toBe('not-there');
  },
);

test('a bundle is no repository, but git can ask it: it is left to polling', async () => {
  const scratch = await makePlaces();
  const work = openRepo(join(scratch.directory, 'work'), scratch.env);
  await work.git('bundle', 'create', '--quiet', '../some.bundle', 'HEAD');
  await work.git('ls-remote', '../some.bundle');
  expect(failureAt(join(scratch.directory, 'some.bundle'))).toBe('cannot-watch');
});

test('a repository that another one has replaced is known to be another', async () => {
  const scratch = await makePlaces();
  const place = join(scratch.directory, 'plain');
  const { identity } = find(place);
  expect(find(place).identity).toBe(identity);
  renameSync(join(scratch.directory, 'bare.git'), join(scratch.directory, 'other.git'));
  rmSync(place, { recursive: true });
  renameSync(join(scratch.directory, 'other.git'), place);
  expect(find(place).identity).not.toBe(identity);
});

test.each([
  ['../sibling', '/srv/sibling'],
  ['/srv/x', '/srv/x'],
  ['~/x', '/home/me/x'],
  ['~', '/home/me'],
])('the path %s means %s', (written, meant) => {
  expect(absolutePath(written, '/srv/repo', '/home/me')).toBe(meant);
});

test('the home directory of another user is left to git', () => {
  expect(() => absolutePath('~other/x', '/srv/repo', '/home/me')).toThrow('cannot-watch');
});

test('git takes ~/ in a URL for the home directory, as we do', async () => {
  const scratch = makeScratch(onTestFinished);
  await makeRepo(scratch, 'home/mine', '--bare');
  await expect(openRepo(scratch.directory, scratch.env).git('ls-remote', '~/mine')).resolves.toBe('');
});

const find = (place: string): RepositoryLayout => findRepository(place, disksNow());

function failureAt(place: string): string {
  try {
    return `found ${find(place).gitDir}`;
  } catch (error) {
    return failureOf(error).code;
  }
}
