// Owns: what rows of git 2.31, 2.39 and 2.51, as they were seen or stand in its source, say of refs that moved.
// Leaves: that the refs themselves say the same (moved-refs.test.ts).
import { expect, test } from 'vitest';
import { createRowReader, readRow } from '../../../src/main/git/fetch-rows.ts';

const [A, B] = ['1'.repeat(40), '2'.repeat(40)];
const [A256, B256] = ['1'.repeat(64), '2'.repeat(64)];
const USUAL = ['+refs/heads/*:refs/remotes/o/*'];
const MIRROR = ['+refs/*:refs/*'];

test.each<[string, readonly string[], unknown]>([
  [` * [new branch]      main       -> o/main`, USUAL, { ref: 'refs/remotes/o/main', how: 'new' }],
  [`   ${A}..${B}  main       -> o/main`, USUAL, { ref: 'refs/remotes/o/main', old: A, new: B, how: 'forwarded' }],
  [`   ${A256}..${B256}  a -> o/a`, USUAL, { ref: 'refs/remotes/o/a', old: A256, new: B256, how: 'forwarded' }],
  [` + ${A}...${B} x -> o/x  (forced update)`, USUAL, { ref: 'refs/remotes/o/x', old: A, new: B, how: 'forced' }],
  [' * [new tag]         v1         -> v1', USUAL, { ref: 'refs/tags/v1', how: 'new' }],
  [
    ' t [tag update]      v1         -> v1',
    [...USUAL, 'refs/tags/*:refs/tags/*'],
    { ref: 'refs/tags/v1', how: 'forced' },
  ],
  [
    ' * [new ref]  refs/pull/1/head -> o/pull/1',
    ['refs/pull/*/head:refs/remotes/o/pull/*'],
    { ref: 'refs/remotes/o/pull/1', how: 'new' },
  ],
  [' * [new ref]  refs/notes/x -> refs/notes/x', MIRROR, { ref: 'refs/notes/x', how: 'new' }],
  [`   ${A}..${B} main -> main`, MIRROR, { ref: 'refs/heads/main', old: A, new: B, how: 'forwarded' }],
  [' * [new branch] main -> main', MIRROR, { ref: 'refs/heads/main', how: 'new' }],
  [' * [new tag] main -> main', MIRROR, { ref: 'refs/tags/main', how: 'new' }],
  [' * [new ref] o/x -> o/x', MIRROR, { ref: 'refs/remotes/o/x', how: 'new' }],
  // Where a branch is kept as a tag, and a tag as a branch.
  [' * [new branch] a -> from/a', ['refs/heads/*:refs/tags/from/*'], { ref: 'refs/tags/from/a', how: 'new' }],
  [' * [new tag] a -> from/a', ['refs/tags/*:refs/heads/from/*'], { ref: 'refs/heads/from/a', how: 'new' }],
  [' * [new ref] HEAD -> o/tip', ['HEAD:refs/remotes/o/tip'], { ref: 'refs/remotes/o/tip', how: 'new' }],
  [' * [new branch] main -> mine', ['main:refs/tags/mine'], { ref: 'refs/tags/mine', how: 'new' }],
  [' * [new branch] main -> mine', ['main:mine'], { ref: 'refs/heads/mine', how: 'new' }],
  [' * [new branch] o/main -> refs/prefetch/remotes/o/main', [], { ref: 'refs/prefetch/remotes/o/main', how: 'new' }],
  // An abbreviated name is none.
  ['   1111111..2222222  main -> o/main', USUAL, { ref: 'refs/remotes/o/main', how: 'forwarded' }],
  ...[
    ' ! [rejected]        v1         -> v1  (would clobber existing tag)',
    ' = [up to date]      main       -> o/main',
    ' - [deleted]         (none)     -> o/gone',
    ' * [new branch] x -> ../../../etc/passwd',
    ' * [new branch] x ->',
    ' * branch            main       -> FETCH_HEAD',
    '   x..y main -> o/main',
    'From /srv/s',
    'remote:  * [new branch] x -> o/x',
    '',
  ].map((row): [string, readonly string[], undefined] => [row, USUAL, undefined]),
])('%s', (row, asked, move) => {
  expect(readRow(row, asked)).toEqual(move);
});

test('rows are found whatever pieces they come in, between progress, and never in what is longer than a row', () => {
  const said = [
    'remote: Counting objects:  50% (1/2)\rremote: done. \n',
    ' * [new branch] a -> o/a\n',
    `${' '.repeat(1e6)}\n * ${'x'.repeat(1e5)} -> y\n`,
    'Receiving objects: 100%\r * [new branch] b -> o/b\n',
    ' * [no end',
  ].join('');
  for (const size of [1, 7, said.length]) {
    const rows: string[] = [];
    const read = createRowReader((row) => rows.push(row));
    for (let at = 0; at < said.length; at += size) read(said.slice(at, at + size));
    expect(rows.filter((row) => row !== '')).toEqual([' * [new branch] a -> o/a', ' * [new branch] b -> o/b']);
  }
});

test('a million characters of nothing, and of what is nearly a row, are read in no time', () => {
  const startedMs = performance.now();
  for (const text of [' ', ' * [', ' * [] ', ` ${'1'.repeat(8)}`, ' * [new branch] x -> ']) {
    const read = createRowReader((row) => void readRow(row, USUAL));
    read(`${text.repeat(1e6 / text.length)}\n`);
    for (let line = 0; line < 100; line += 1) read(`${text.repeat(12_000 / text.length)}\n`);
  }
  expect(performance.now() - startedMs).toBeLessThan(10_000);
});
