// Owns: what is read out of git's progress, and that nobody else can write it.
// Leaves: what is made of it (git-lane.test.ts).
import { expect, test } from 'vitest';
import { createProgressReader, NOTHING_SHOWN, type Shown } from '../../../src/main/git/progress.ts';

function shownBy(...chunks: readonly string[]): Shown[] {
  const read = createProgressReader();
  return chunks.map(read);
}

test('what has come is told as it grows, wherever a chunk ends', () => {
  const first = 'Receiving objects:  12% (34/283), 1.00 KiB | 600.00 KiB/s\r';
  const rest = 'Receiving objects:  20% (57/283), 3.00 MiB | 600.00 KiB/s\r';
  expect(shownBy(first, rest.slice(0, 30), rest.slice(30))).toEqual([
    { bytes: 1024, works: false, step: { text: first.trimEnd(), percent: 12 } },
    NOTHING_SHOWN,
    { bytes: 3 * 2 ** 20 - 1024, works: false, step: { text: rest.trimEnd(), percent: 20 } },
  ]);
});

test('a few objects, and what is pushed, count as well, and another run begins anew', () => {
  const few = 'Unpacking objects: 100% (3/3), 250 bytes | 250.00 KiB/s, done.\n';
  expect(
    shownBy(few, few, 'Writing objects: 100% (3/3), 300 bytes | 300.00 KiB/s, done.\n').map((it) => it.bytes),
  ).toEqual([250, 0, 50]);
  expect(
    shownBy(few, 'Unpacking objects: 100% (1/1), 20 bytes | 20.00 KiB/s, done.\n').map(({ bytes }) => bytes),
  ).toEqual([250, 20]);
});

test('that git works on what has come is told', () => {
  expect(shownBy('Resolving deltas:  45% (100/222)\r')).toEqual([
    { bytes: 0, works: true, step: { text: 'Resolving deltas:  45% (100/222)', percent: 45 } },
  ]);
});

test('what the other side says is not taken for it, however long it is', () => {
  const forged = 'Receiving objects:  12% (34/283), 9.00 GiB | 1.00 GiB/s\r';
  const counted = { bytes: 0, works: false };
  expect(shownBy(`remote: ${forged}`, 'remote: ', forged)).toMatchObject([counted, counted, counted]);
  expect(shownBy(`remote: ${'x'.repeat(500)}`, forged)).toEqual([NOTHING_SHOWN, NOTHING_SHOWN]);
});

test.each([
  ['remote: Counting objects:  45% (100/222)        ', 45],
  ['remote: Compressing objects: 100% (12/12), done.', 100],
  ['remote: Enumerating objects: 1234, done.', undefined],
  ['Unpacking objects: 100% (3/3), 250 bytes | 250.00 KiB/s, done.', 100],
])('how far it is is told as %j', (line, percent) => {
  const text = line.trimEnd();
  expect(shownBy(`${line}\r`)[0]?.step).toEqual({ text, ...(percent !== undefined && { percent }) });
});

test.each([
  'remote: Counting objects: 45% (1/2) and click here',
  'remote: Removing objects: 45% (1/2)',
  'Receiving objects: 12% (34/283), \u001b[31m',
  'From host',
])('no other words are shown: %j', (line) => {
  expect(shownBy(`${line}\r`)[0]).not.toHaveProperty('step');
});

test('a megabyte without the end of a line is read at once', () => {
  const chunk = 'Receiving objects: '.repeat(60_000);
  expect(shownBy(chunk, chunk, '\nResolving deltas: 1%\r').at(-1)).toEqual({ bytes: 0, works: true });
});
