// Owns: that one watch a directory hears its directory, let come and go what will, and says so where it cannot.
// Leaves: what is read when something was heard (local-watch.test.ts).
import type fs from 'node:fs';
import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf } from '../../../src/shared/failures.ts';
import { createDirectoryWatches, type DirectoryWatches } from '../../../src/workers/local/directory-watches.ts';
import { until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { watchersOpen } from './link.ts';

const everything = (): boolean => true;

function makeWatches(watch?: typeof fs.watch): { watches: DirectoryWatches; heard: () => number; top: string } {
  const scratch = makeScratch(onTestFinished);
  let news = 0;
  const watches = createDirectoryWatches(() => {
    news += 1;
  }, watch);
  onTestFinished(watches.close);
  const top = join(scratch.directory, 'top');
  mkdirSync(top);
  return { watches, heard: () => news, top };
}

test('only names that matter are heard', async () => {
  const { watches, heard, top } = makeWatches();
  watches.enter(top, (name) => name === 'wanted');
  writeFileSync(join(top, 'other'), '');
  writeFileSync(join(top, 'wanted'), '');
  await until('the file is heard', () => heard() > 0);
});

test('a directory that came anew under its old name, and maybe its old number, is heard again', async () => {
  const { watches, heard, top } = makeWatches();
  watches.enter(top, everything);
  for (let times = 0; times < 5; times += 1) {
    let before = heard();
    rmdirSync(top);
    mkdirSync(top);
    await until('its end is heard', () => heard() > before);
    expect(watches.enter(top, everything)).toBe(true);
    watches.sweep();
    before = heard();
    mkdirSync(join(top, 'inner'));
    await until('what happens in the new one is heard', () => heard() > before);
    rmdirSync(join(top, 'inner'));
  }
  await until('the old ones are let go', () => watchersOpen() === 1);
});

test('a directory that is renamed tells so, and is let go when it is not met again', async () => {
  const { watches, heard, top } = makeWatches();
  watches.enter(top, everything);
  watches.sweep();
  renameSync(top, `${top}-renamed`);
  await until('its move is heard', () => heard() > 0);
  expect(watches.enter(top, everything)).toBe(false);
  watches.sweep();
  await until('it is let go', () => watchersOpen() === 0);
});

test.each(['ENOSPC', 'EMFILE'])(
  'at a limit of the system (%s) it says what to raise, and what to fall back from',
  (code) => {
    const { watches, top } = makeWatches(() => {
      throw Object.assign(new Error('no more'), { code });
    });
    const failure = failureThrownBy(() => watches.enter(top, everything));
    expect(failure).toMatchObject({
      code: 'cannot-watch',
      detail: expect.stringContaining('raise fs.inotify.max_user_'),
    });
  },
);

test('more directories than one remote should take are too many', () => {
  const { watches, top } = makeWatches();
  const failure = failureThrownBy(() => {
    for (let made = 0; made < 4_001; made += 1) {
      const directory = join(top, String(made));
      mkdirSync(directory);
      watches.enter(directory, everything);
    }
  });
  expect(failure?.detail).toContain('more than 4000 directories');
});

function failureThrownBy(act: () => void): ReturnType<typeof failureOf> | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return failureOf(error);
  }
}
