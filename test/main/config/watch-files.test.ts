import fs, { mkdirSync, rmSync, watch } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { watchFiles } from '../../../src/main/config/watch-files.ts';
import { createLineLog } from '../../support/next-line.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';

function watching(...files: readonly string[]) {
  const log = createLineLog('watched files');
  const watched = watchFiles({
    changed: () => log.push('changed'),
    failed: (why) => log.push(`failed: ${why}`),
    recovered: () => log.push('recovered'),
    lookMs: 20,
    quietMs: 5,
    longestMs: 50,
  });
  onTestFinished(watched.close);
  watched.follow(files);
  /** The change that this makes is noticed; those before have been. */
  const notices = async (make: () => Promise<unknown>): Promise<void> => {
    log.forget();
    await make();
    await log.next('changed');
  };
  return { ...watched, log, notices };
}

const place = () => {
  const { directory } = makeScratch(onTestFinished);
  return (...names: readonly string[]) => path.join(directory, ...names);
};

describe('a change is noticed', () => {
  test('that git makes, again and again', async () => {
    const repo = await makeRepo(makeScratch(onTestFinished), 'r');
    const { notices } = watching(path.join(repo.directory, '.git/config'));
    for (let i = 0; i < 5; i++) await notices(() => repo.git('config', 'a.b', String(i)));
  });

  test('when a file is written in place, is replaced, comes and goes', async () => {
    const at = place();
    const { notices } = watching(at('config'));
    await notices(() => writeFile(at('config'), '1'));
    await notices(() => writeFile(at('config'), '22'));
    await writeFile(at('new'), '3');
    await notices(() => rename(at('new'), at('config')));
    await notices(() => rm(at('config')));
    await notices(() => writeFile(at('config'), '4'));
  });

  test('where a link in the middle of its path was turned, once something stirs in what is watched', async () => {
    const at = place();
    for (const folder of ['one', 'other', 'git']) await mkdir(at(folder));
    await symlink(at('one'), at('link'));
    const { notices } = watching(at('link/config'), at('git/config'));
    await notices(async () => {
      await symlink(at('other'), at('turned'));
      await rename(at('turned'), at('link'));
      await writeFile(at('git/shallow.lock'), '');
    });
    await notices(() => writeFile(at('other/config'), '1'));
  });

  test('when a link in the middle of its path, or of where that leads, is turned', async () => {
    const at = place();
    for (const folder of ['one', 'other', 'third']) await mkdir(at(folder));
    await symlink(at('one'), at('inner'));
    await symlink(at('inner'), at('outer'));
    const { notices } = watching(at('outer/config'));
    const turn = async (link: string, to: string) => {
      await symlink(at(to), at('turned'));
      await rename(at('turned'), at(link));
    };
    await notices(() => turn('inner', 'other'));
    await notices(() => writeFile(at('other/config'), '1'));
    await notices(() => turn('outer', 'third'));
    await notices(() => writeFile(at('third/config'), '1'));
  });

  test('in a directory that is not there yet, and in one that has vanished and come again', async () => {
    const at = place();
    const { notices } = watching(at('a/b/c/config'));
    for (let i = 0; i < 3; i++) {
      await notices(async () => {
        await mkdir(at('a/b/c'), { recursive: true });
        await writeFile(at('a/b/c/config'), String(i));
      });
      await notices(() => writeFile(at('a/b/c/config'), 'more'));
      await notices(() => rm(at('a'), { recursive: true }));
    }
  });

  test('in a directory that another one replaces', async () => {
    const at = place();
    for (const name of ['one', 'two']) {
      await mkdir(at(name));
      await writeFile(at(name, 'config'), name);
    }
    await rename(at('one'), at('here'));
    const { notices } = watching(at('here/config'));
    await notices(async () => {
      await rename(at('here'), at('gone'));
      await rename(at('two'), at('here'));
    });
    await notices(() => writeFile(at('here/config'), 'again'));
  });

  test('in a directory that is removed and made again at once, be it with the same inode', async () => {
    const at = place();
    await mkdir(at('here'));
    const { notices } = watching(at('here/config'));
    for (let i = 0; i < 5; i++) {
      await notices(async () => {
        rmSync(at('here'), { recursive: true });
        mkdirSync(at('here'));
      });
      await notices(() => writeFile(at('here/config'), 'x'));
    }
  });

  test('behind symbolic links, and when a link is turned', async () => {
    const at = place();
    for (const name of ['real', 'other']) {
      await mkdir(at(name));
      await writeFile(at(name, 'config'), name);
    }
    await symlink('real/config', at('middle'));
    await symlink(at('middle'), at('.gitconfig'));
    const { notices } = watching(at('.gitconfig'));
    await notices(() => writeFile(at('real/config'), 'x'));
    await notices(async () => {
      await symlink('other/config', at('new'));
      await rename(at('new'), at('middle'));
    });
    await notices(() => writeFile(at('other/config'), 'y'));
  });

  test('through a link that leads nowhere yet', async () => {
    const at = place();
    await symlink(at('later/config'), at('.gitconfig'));
    const { notices } = watching(at('.gitconfig'));
    await notices(async () => {
      await mkdir(at('later'));
      await writeFile(at('later/config'), 'x');
    });
    await notices(() => writeFile(at('later/config'), 'y'));
  });

  test('of any of many files in one directory', async () => {
    const at = place();
    const { notices } = watching(at('one'), at('two'));
    await notices(() => writeFile(at('one'), 'x'));
    await notices(() => writeFile(at('two'), 'x'));
  });
});

test('other files do not count', async () => {
  const at = place();
  await mkdir(at('sub'));
  const { log } = watching(at('config'), at('sub/config'));
  await writeFile(at('config.lock'), 'x');
  await writeFile(at('sub/other'), 'x');
  await writeFile(at('config'), 'x');
  await log.next('changed');
  expect(log.count(() => true)).toBe(1);
});

test('the files that count can be changed', async () => {
  const at = place();
  const { notices, follow, log } = watching(at('one'));
  await mkdir(at('sub'));
  follow([at('sub/two')]);
  await writeFile(at('one'), 'x');
  await notices(() => writeFile(at('sub/two'), 'x'));
  expect(log.count('changed')).toBe(1);
});

test('closed, it notices nothing, and closing twice is closing', async () => {
  const at = place();
  const closed = watching(at('config'));
  closed.close();
  closed.close();
  const open = watching(at('config'));
  await open.notices(() => writeFile(at('config'), 'x'));
  expect(closed.log.count(() => true)).toBe(0);
});

test('links in a circle are given up', async () => {
  const at = place();
  await symlink('b', at('a'));
  await symlink('a', at('b'));
  const { notices } = watching(at('a'));
  await notices(async () => {
    await rm(at('b'));
    await writeFile(at('b'), 'x');
  });
});

test('it does not keep a process alive', async () => {
  const at = place();
  const holding = () => process.getActiveResourcesInfo().filter((kind) => kind === 'FSEventWrap').length;
  const before = holding();
  const plain = watch(at());
  expect(holding()).toBe(before + 1);
  plain.close();
  const { notices } = watching(at('config'), at('sub/config'));
  await notices(() => writeFile(at('config'), 'x'));
  expect(holding()).toBe(before);
});

test.each(['ENOSPC', 'EMFILE', 'ENOSYS', 'EPERM'])(
  'where the system gives no watch (%s) the files are looked at, and watched as soon as it does again',
  async (code) => {
    const at = place();
    const refusing = vi.spyOn(fs, 'watch').mockImplementation(() => {
      throw Object.assign(new Error('no watch'), { code });
    });
    onTestFinished(() => refusing.mockRestore());
    const { notices, log } = watching(at('config'), at('other', 'config'));
    await log.next(/^failed: cannot watch /);
    await notices(() => writeFile(at('config'), '1'));
    await notices(() => writeFile(at('config'), '22'));
    await notices(() => rm(at('config')));
    expect(log.count('recovered')).toBe(0);
    refusing.mockRestore();
    await log.next('recovered');
    await notices(() => writeFile(at('config'), '333'));
    expect(log.count('recovered')).toBe(1);
  },
);
