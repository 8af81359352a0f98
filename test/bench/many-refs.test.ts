// Owns: that repositories of many refs are as git would have left them, and what their names are.
// Leaves: what the daemon makes of them (sections/refs.ts).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makeRepo, makeScratch } from '../support/temp-repo.ts';
import { makeRefStock, plantHere, plantOnServer } from './many-refs.ts';
import { namesOf, packedRefs, refHere, stockStream, usualMix } from './ref-names.ts';

test.each([
  [10, { branches: 9, pulls: 1, tags: 0 }],
  [10_000, { branches: 8_000, pulls: 1_900, tags: 100 }],
])('of %d refs most are branches', (refs, mix) => {
  expect(usualMix(refs)).toEqual(mix);
});

test('each ref has a commit of its own, and a tag is an object more', () => {
  const names = namesOf({ branches: 1, pulls: 1, tags: 2 });
  expect(names).toEqual([
    { ref: 'refs/heads/topic/000001', mark: 1 },
    { ref: 'refs/pull/1/head', mark: 2 },
    { ref: 'refs/tags/v000001', mark: 3, tag: 5 },
    { ref: 'refs/tags/v000002', mark: 4, tag: 6 },
  ]);
  expect(stockStream(names).match(/^(?:commit|tag|mark|from|done)\b.*/gm)).toEqual([
    ...['commit refs/heads/stock', 'mark :1'],
    ...['commit refs/heads/stock', 'mark :2', 'from :1'],
    ...['commit refs/heads/stock', 'mark :3', 'from :1'],
    ...['commit refs/heads/stock', 'mark :4', 'from :1'],
    ...['tag v000001', 'mark :5', 'from :3'],
    ...['tag v000002', 'mark :6', 'from :4'],
    'done',
  ]);
});

test('packed refs stand in the order of their names, a tag above its commit', () => {
  const refs = [
    { ref: 'refs/tags/v1', tip: 'b', peeled: 'c' },
    { ref: 'refs/heads/a', tip: 'a' },
  ];
  expect(packedRefs(refs)).toBe('# pack-refs with: peeled fully-peeled sorted \na refs/heads/a\nb refs/tags/v1\n^c\n');
});

test('only a branch is kept here', () => {
  expect(refHere('refs/heads/topic/1', 'r1')).toBe('refs/remotes/r1/topic/1');
  expect(refHere('refs/pull/1/head', 'r1')).toBeUndefined();
});

test('what is planted is what git finds there, and what a fetch finds to be all here', async () => {
  const scratch = makeScratch(onTestFinished);
  const stock = await makeRefStock(scratch, { branches: 30, pulls: 5, tags: 3 });
  const server = await makeRepo(scratch, 'server.git', '--bare');
  const here = await makeRepo(scratch, 'here');
  const remotes = ['r1', 'r2'];
  for (const remote of remotes) await here.git('remote', 'add', remote, server.directory);
  await plantOnServer(stock, server.directory);
  await plantHere(stock, here.directory, remotes);

  const listed = await server.git('for-each-ref', '--format=%(refname) %(objectname)');
  expect(listed.split('\n')).toEqual(stock.refs.map(({ ref, tip }) => `${ref} ${tip}`).sort());
  expect(new Set(stock.refs.map(({ tip }) => tip)).size).toBe(38);
  expect(await server.git('fsck', '--no-dangling')).toBe('');
  expect(await here.git('fsck', '--no-dangling')).toBe('');

  const packed = (directory: string): string => readFileSync(join(directory, 'packed-refs'), 'utf8');
  const before = packed(join(here.directory, '.git'));
  for (const remote of remotes) await here.git('fetch', '--prune', remote);
  expect(await here.git('for-each-ref', '--format=%(refname)', 'refs/remotes', 'refs/tags')).toBe(
    [...before.matchAll(/ (refs\/\S+)$/gm)].map(([, ref]) => ref).join('\n'),
  );
  await here.git('pack-refs', '--all', '--prune');
  expect(packed(join(here.directory, '.git'))).toBe(before);
  const servers = packed(server.directory);
  await server.git('pack-refs', '--all', '--prune');
  expect(packed(server.directory)).toBe(servers);
});
