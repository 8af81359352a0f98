// Owns: that a repository that is as it was is not looked for again, and that one that is not is.
// Leaves: the link that ends then (local-watch.test.ts).
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { disksNow } from '../../../src/workers/local/file-systems.ts';
import { createPlaceGuard } from '../../../src/workers/local/place-guard.ts';
import { findRepository } from '../../../src/workers/local/repository-layout.ts';
import { commit, makeRepo, makeScratch, type Scratch } from '../../support/temp-repo.ts';

function guardOf(place: string) {
  let finds = 0;
  const guard = createPlaceGuard(place, findRepository(place, disksNow()), (found, disks) => {
    finds += 1;
    return findRepository(found, disks);
  });
  const check = (): void => guard(disksNow());
  check();
  return { check, finds: () => finds };
}

test.each([
  ['a bare repository', ['--bare']],
  ['one with a work tree', []],
])('%s that nobody touches is found once', async (_what, options) => {
  const repo = await makeRepo(makeScratch(onTestFinished), 'repo', ...options);
  const { check, finds } = guardOf(repo.directory);
  for (let looks = 0; looks < 5; looks += 1) check();
  expect(finds()).toBe(1);
});

test('one whose HEAD is moved is found again, and is the same', async () => {
  const repo = await makeRepo(makeScratch(onTestFinished), 'repo', '--bare');
  const { check, finds } = guardOf(repo.directory);
  await repo.git('symbolic-ref', 'HEAD', 'refs/heads/other');
  check();
  expect(finds()).toBe(2);
});

/** `repo` is to be a linked work tree, or reached by a link: what leads to it then changes, and it does not. */
const CHANGES: readonly (readonly [string, (scratch: Scratch) => Promise<() => unknown>, string])[] = [
  [
    'a path that is gone',
    async (scratch) => {
      const { directory } = await makeRepo(scratch, 'repo', '--bare');
      return () => rmSync(directory, { recursive: true });
    },
    'is not there',
  ],
  [
    'a directory without what makes it a repository',
    async (scratch) => {
      const { directory } = await makeRepo(scratch, 'repo', '--bare');
      return () => rmSync(join(directory, 'HEAD'));
    },
    'there is no git repository',
  ],
  [
    'another in its place',
    async (scratch) => {
      const [{ directory }, other] = [
        await makeRepo(scratch, 'repo', '--bare'),
        await makeRepo(scratch, 'b', '--bare'),
      ];
      return () => {
        renameSync(directory, `${directory}-away`);
        renameSync(other.directory, directory);
      };
    },
    'has been replaced',
  ],
  [
    'a link that leads to another',
    async (scratch) => {
      const [one, other] = [await makeRepo(scratch, 'a', '--bare'), await makeRepo(scratch, 'b', '--bare')];
      const link = join(scratch.directory, 'repo');
      symlinkSync(one.directory, link);
      return () => {
        rmSync(link);
        symlinkSync(other.directory, link);
      };
    },
    'has been replaced',
  ],
  [
    'a .git file that names another',
    async (scratch) => {
      const [main, other] = [await makeRepo(scratch, 'main'), await makeRepo(scratch, 'b', '--bare')];
      await commit(main);
      await main.git('worktree', 'add', '--quiet', '-b', 'side', '../repo');
      return () => writeFileSync(join(scratch.directory, 'repo', '.git'), `gitdir: ${other.directory}\n`);
    },
    'has been replaced',
  ],
  [
    'a repository that comes to be within a bare one, which git would take first',
    async (scratch) => {
      const [{ directory }, other] = [
        await makeRepo(scratch, 'repo', '--bare'),
        await makeRepo(scratch, 'b', '--bare'),
      ];
      mkdirSync(join(directory, '.git'));
      return () => {
        for (const name of ['HEAD', 'refs', 'objects'])
          renameSync(join(other.directory, name), join(directory, '.git', name));
      };
    },
    'has been replaced',
  ],
  [
    'another format of refs, as `git refs migrate` leaves it',
    async (scratch) => {
      const { directory } = await makeRepo(scratch, 'repo', '--bare');
      return () => {
        mkdirSync(join(directory, 'reftable'));
        rmSync(join(directory, 'refs', 'heads'), { recursive: true });
        writeFileSync(join(directory, 'refs', 'heads'), 'this repository uses the reftable format\n');
      };
    },
    'keeps its refs in another format now',
  ],
  [
    'another format of refs, as the config alone says it',
    async (scratch) => {
      const { git } = await makeRepo(scratch, 'repo', '--bare');
      return () => git('config', 'extensions.refStorage', `files://${scratch.home}`);
    },
    'keeps its refs in another format now',
  ],
];

test.each(CHANGES)('%s is noticed', async (_what, make, why) => {
  const scratch = makeScratch(onTestFinished);
  const change = await make(scratch);
  const { check } = guardOf(join(scratch.directory, 'repo'));
  await change();
  expect(check).toThrow(why);
});
