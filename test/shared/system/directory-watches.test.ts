// Owns: that one watch a directory hears its directory, let come and go what will, and says so where it cannot.
// Leaves: what is done when something was heard (local-watch.test.ts, watch-files.test.ts).
import type fs from 'node:fs';
import { mkdirSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { failureOf } from '../../../src/shared/failures.ts';
import {
  createDirectoryWatches,
  type DirectoryEvent,
  type DirectoryWatches,
} from '../../../src/shared/system/directory-watches.ts';
import { until } from '../../support/next-line.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { watchersOpen } from '../../workers/local/link.ts';

const everything = (): boolean => true;

function makeWatches(watch?: typeof fs.watch): {
  watches: DirectoryWatches;
  heard: () => number;
  events: DirectoryEvent[];
  top: string;
} {
  const scratch = makeScratch(onTestFinished);
  const events: DirectoryEvent[] = [];
  const watches = createDirectoryWatches({ onEvent: (event) => events.push(event), ...(watch && { watch }) });
  onTestFinished(watches.close);
  const top = join(scratch.directory, 'top');
  mkdirSync(top);
  return {
    watches,
    heard: () => events.filter((event) => event !== 'stirred' && event !== 'replaced').length,
    events,
    top,
  };
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
    expect(watches.enter(top, everything)).toBe('opened');
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
  expect(watches.enter(top, everything)).toBe('gone');
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

test('what comes and goes in a directory is told by what it is', async () => {
  const { watches, events, top } = makeWatches();
  watches.enter(top, (name) => name === 'wanted');
  writeFileSync(join(top, 'other'), '');
  await until('another name is heard', () => events.includes('stirred'));
  expect(events.filter((event) => event !== 'stirred')).toEqual([]);
  writeFileSync(join(top, 'wanted'), '');
  await until('the coming of one that matters is heard', () => events.includes('moved'));
  events.length = 0;
  writeFileSync(join(top, 'wanted'), 'more');
  await until('that it is written is heard', () => events.includes('written'));
  expect(events).not.toContain('moved');
});

test('that another directory came in its place is told when it is looked at, met again or not', () => {
  const { watches, events, top } = makeWatches();
  const [link, other] = [`${top}-link`, `${top}-other`];
  const turn = (target: string): void => {
    rmSync(link, { force: true });
    symlinkSync(target, link);
  };
  mkdirSync(other);
  turn(top);
  expect(watches.enter(link, everything)).toBe('opened');
  expect(watches.enter(link, everything)).toBe('watched');
  watches.sweep();
  turn(other);
  expect(watches.enter(link, everything)).toBe('opened');
  expect(events).toEqual(['replaced']);
  watches.sweep();
  turn(top);
  watches.sweep();
  expect(events).toEqual(['replaced', 'replaced']);
});

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
