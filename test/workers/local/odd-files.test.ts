// Owns: that a watched repository may hold anything, and the thread that watches it is neither kept nor filled.
// Leaves: what that means for other remotes (test/hostile/paths.test.ts), and the reading (read-regular-file.test.ts).
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { linkTo, makeEndless, makeFifo, type OddFile } from '../../support/odd-files.ts';
import { makeRepo, makeScratch } from '../../support/temp-repo.ts';
import { connectedLink, openLocalLink } from './link.ts';

const makeBare = async (): Promise<string> =>
  (await makeRepo(makeScratch(onTestFinished), 'server', '--bare')).directory;

const FILES = ['HEAD', 'config', 'commondir', 'packed-refs', 'shallow', 'objects/info/alternates', 'refs/heads/x'];
const ODD: readonly (readonly [string, OddFile])[] = [
  ...FILES.map((name) => [`a FIFO as ${name}`, { name, make: makeFifo }] as const),
  ...['HEAD', 'refs/heads/x'].map((name) => [`a device as ${name}`, { name, make: makeEndless }] as const),
];

test.each(ODD)('%s is told of, and not opened', async (_what, { name, make }) => {
  const directory = await makeBare();
  make(join(directory, name));
  const link = openLocalLink(onTestFinished, directory);
  const detail = `${join(directory, name)} is no file, and git would wait for it`;
  expect(await link.ended).toEqual({ code: 'not-there', detail });
});

test.each(['HEAD', 'packed-refs', 'refs/heads/x', 'refs/heads/a/b'])(
  'a FIFO that comes as %s ends the link',
  async (name) => {
    const directory = await makeBare();
    mkdirSync(join(directory, 'refs/heads/a'));
    const link = await connectedLink(onTestFinished, directory);
    makeFifo(join(directory, name));
    expect(await link.ended).toMatchObject({ code: 'not-there' });
  },
);

test('a link that leads to a folder above is followed once, and what moves is told without names', async () => {
  const directory = await makeBare();
  for (const name of ['a', 'b']) symlinkSync('..', join(directory, 'refs/heads', name));
  const link = await connectedLink(onTestFinished, directory);
  writeFileSync(join(directory, 'refs/heads/x'), `${'1'.repeat(40)}\n`);
  await link.reports.next('moved');
});

test('more folders than one may watch are left to polling', async () => {
  const directory = await makeBare();
  for (let name = 0; name < 4_001; name += 1) mkdirSync(join(directory, 'refs/heads', String(name)));
  const link = openLocalLink(onTestFinished, directory);
  expect(await link.ended).toMatchObject({ code: 'cannot-watch' });
});

test.each<readonly [string, (name: number) => string]>([
  ['lead nowhere', () => `${'a/../'.repeat(100)}nowhere`],
  ['lead to refs', () => `${'a/../'.repeat(100)}x`],
  ['lead to one another', (name) => `${'a/../'.repeat(100)}${name + 1}`],
])('links among the refs that %s, and all of them far, are left to polling', async (_where, target) => {
  const directory = await makeBare();
  const heads = join(directory, 'refs/heads');
  mkdirSync(join(heads, 'a'));
  writeFileSync(join(heads, 'x'), `${'1'.repeat(40)}\n`);
  for (let name = 0; name < 200; name += 1) symlinkSync(target(name), join(heads, String(name)));
  const link = openLocalLink(onTestFinished, directory);
  expect(await link.ended).toMatchObject({ code: 'cannot-watch', detail: expect.stringContaining('links') });
});

test('a file of a ref, and a packed-refs, that are too long are not read: what moves is told without names', async () => {
  const directory = await makeBare();
  writeFileSync(join(directory, 'refs/heads/long'), 'x'.repeat(100_000));
  linkTo(join(directory, 'packed-refs'), 'other');
  writeFileSync(join(directory, 'other'), 'x'.repeat(5_000_000));
  const link = await connectedLink(onTestFinished, directory);
  writeFileSync(join(directory, 'refs/heads/x'), `${'1'.repeat(40)}\n`);
  await link.reports.next('moved');
});
