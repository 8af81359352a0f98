// Owns: how much of a disk is left to others.
// Leaves: ending fetches (git-lane.test.ts), and trying again (test/main/supervisor/remote).
import { expect, onTestFinished, test } from 'vitest';
import { createDiskRoom, spareBytes } from '../../../src/main/git/disk-room.ts';
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
