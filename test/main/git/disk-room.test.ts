// Owns: how much of a disk is left to others.
// Leaves: ending fetches (git-lane.test.ts), and trying again (test/main/supervisor/remote).
import { expect, onTestFinished, test } from 'vitest';
import { createDiskRoom, spareBytes, watchWhile } from '../../../src/main/git/disk-room.ts';
import { makeScratch } from '../../support/temp-repo.ts';

const MIB = 2 ** 20;
const disk = (sizeMib: number, freeMib: number) => ({ bsize: MIB, blocks: sizeMib, bavail: freeMib });

test('of a big disk a quarter of a gigabyte is left free, of a small one its tenth part', () => {
  expect(spareBytes(disk(1_000_000, 300))).toBe(44 * MIB);
  expect(spareBytes(disk(1_000_000, 256))).toBe(0);
  expect(spareBytes(disk(100, 15))).toBe(5 * MIB);
  expect(spareBytes(disk(100, 9))).toBeLessThan(0);
});

test('a disk that has room is not short, nor is one of which nothing can be told', async () => {
  const { directory } = makeScratch(onTestFinished);
  expect(await createDiskRoom(`${directory}/not-there`).isShort()).toBe(false);
});

test('one that begins beside another that still ends for want of room is watched as well', () => {
  const watches: (() => void)[] = [];
  let ended = 0;
  let short = 0;
  const running = watchWhile(
    (onShort) => {
      watches.push(onShort);
      return () => {
        ended += 1;
      };
    },
    () => {
      short += 1;
    },
  );
  running(1);
  running(1);
  expect(watches.length).toBe(1);
  watches[0]?.();
  running(-1);
  running(1);
  expect([watches.length, short, ended]).toEqual([2, 1, 0]);
  watches[1]?.();
  running(1);
  for (let left = 0; left < 3; left += 1) running(-1);
  expect([watches.length, short, ended]).toEqual([3, 2, 1]);
});
