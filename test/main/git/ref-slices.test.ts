// Owns: that a listing read in slices says what it says as a whole, and that one too long or cut is none.
// Leaves: what is made of it (prune.test.ts).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findStaleInSlices, readWhole } from '../../../src/main/git/ref-slices.ts';
import { MOST_REFS, parseRefLines, type RefAdvertisement } from '../../../src/shared/refs/ref-advertisement.ts';
import { findStale } from '../../../src/shared/refs/stale-refs.ts';
import { listing, sorted } from '../../shared/refs/listings.ts';

const exit = { status: 0, stderr: '' } as const;
const read = (stdout: string): Promise<RefAdvertisement | undefined> => readWhole({ ...exit, stdout });
const ONE = '1'.repeat(40);
const PRUNING = { refspecs: ['refs/heads/*:refs/remotes/o/*'] } as const;
const many = (count: number, where: string): string =>
  Array.from({ length: count }, (_, at) => `${ONE} refs/${where}/b${at}\n`).join('');

test('whatever its lines are, each ref is read with its object, and no symbolic one', async () => {
  const symbolic = fc.constant(`${ONE} refs/remotes/o/HEAD refs/remotes/o/main`);
  const mixed = fc.tuple(listing, fc.array(symbolic, { maxLength: 2 })).map(([lines, more]) => [...more, ...lines]);
  await fc.assert(
    fc.asyncProperty(mixed, async (lines) => {
      const plain = lines.filter((line) => !/^\S+ \S+ \S+$/m.test(line));
      const refs = await read(`${lines.join('\n')}\n`);
      expect(sorted(refs ?? [])).toEqual(sorted(parseRefLines(plain.join('\n'))));
    }),
  );
});

test('one of many slices is read whole, and what is stale is the same as of all at once', async () => {
  const [there, here] = await Promise.all([read(many(20_000, 'heads')), read(many(20_003, 'remotes/o'))]);
  expect([there?.size, here?.size]).toEqual([20_000, 20_003]);
  const isThere = (ref: Parameters<RefAdvertisement['has']>[0]): boolean => there?.has(ref) === true;
  const found = await findStaleInSlices(here?.keys() ?? [], isThere, PRUNING);
  expect(found).toEqual(findStale(here?.keys() ?? [], isThere, PRUNING));
  expect(found.stale).toEqual(['refs/remotes/o/b20000', 'refs/remotes/o/b20001', 'refs/remotes/o/b20002']);
});

test('one of more refs than are compared is none, nor is one that was cut', async () => {
  expect(await read(many(MOST_REFS, 'heads'))).toBeUndefined();
  expect(await readWhole({ ...exit, stdout: many(3, 'heads'), isPart: true })).toBeUndefined();
  expect((await read(''))?.size).toBe(0);
});
