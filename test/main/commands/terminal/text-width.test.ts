import { expect, test } from 'vitest';
import { inColour, paintFor, withoutColour } from '../../../../src/main/commands/terminal/colour.ts';
import { terminalWidth } from '../../../../src/main/commands/terminal/terminal-width.ts';
import { cutToWidth, padToWidth, textWidth, wrapToWidth } from '../../../../src/main/commands/terminal/text-width.ts';

const FAMILY = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}';
const ACCENTED = 'e\u0301e\u0301e\u0301';

test.each([
  ['origin', 6],
  ['日本語', 6],
  ['ｱｲｳ', 3],
  [ACCENTED, 3],
  [FAMILY, 2],
  ['', 0],
])('%j takes %i columns', (text, columns) => {
  expect(textWidth(text)).toBe(columns);
  expect(padToWidth(text, 10)).toBe(text + ' '.repeat(10 - columns));
});

test.each([
  ['origin', 6, 'origin'],
  ['origin', 5, 'orig…'],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  [ACCENTED, 2, 'e\u0301…'],
  [`a${FAMILY}b`, 3, 'a…'],
  ['a file system', 8, 'a file…'],
  ['origin', 1, '…'],
  ['origin', 0, ''],
])('%j in %i columns is %j', (text, columns, cut) => {
  expect(cutToWidth(text, columns)).toBe(cut);
});

test.each<[string, number, string[]]>([
  ['one two three', 20, ['one two three']],
  ['one two three', 8, ['one two', '  three']],
  ['  one two three', 8, ['  one', '  two', '  three']],
  ['x https://host/a/long/path', 10, ['x', '  https://', '  host/a/l', '  ong/path']],
  ['日本語 日本語', 8, ['日本語', '  日本語']],
  ['', 10, ['']],
])('%j is broken in %i columns', (text, columns, lines) => {
  expect(wrapToWidth(text, columns, '  ')).toEqual(lines);
});

test('no line is longer than it may be, however narrow that is', () => {
  const text = `last error: fatal: unable to access 'https://host/${'x'.repeat(30)}' 日本語日本語 ${FAMILY}`;
  for (let columns = 2; columns < 60; columns += 1)
    for (const line of wrapToWidth(text, columns, '    ')) expect(textWidth(line)).toBeLessThanOrEqual(columns);
});

test.each<[string | undefined, boolean, NodeJS.ProcessEnv, boolean]>([
  [undefined, true, {}, true],
  [undefined, false, {}, false],
  ['auto', true, {}, true],
  ['always', false, { NO_COLOR: '1' }, true],
  ['never', true, { FORCE_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '1' }, false],
  ['auto', true, { NO_COLOR: '' }, true],
  ['auto', true, { TERM: 'dumb' }, false],
  ['auto', false, { FORCE_COLOR: '1' }, true],
  ['auto', true, { FORCE_COLOR: '0' }, false],
])('--color=%s, where the output is a terminal: %s, with %j, is colour: %s', (when, isTerminal, env, isColour) => {
  expect(paintFor(when, isTerminal, env)).toBe(isColour ? inColour : withoutColour);
});

test('a colour ends where its text does, also where stdout is no terminal', () => {
  expect([inColour('bad', 'x'), inColour('plain', 'x'), inColour('bad', '')]).toEqual([
    '\u001b[31mx\u001b[39m',
    'x',
    '',
  ]);
});

test.each([
  [{ isTTY: true, columns: 100 }, {}, 100],
  [{ isTTY: true, columns: 100 }, { COLUMNS: '40' }, 40],
  [{ isTTY: true, columns: 100 }, { COLUMNS: 'many' }, 100],
  [{ isTTY: true, columns: 0 }, {}, 80],
  [{ isTTY: true, columns: 3 }, {}, 10],
  [{ isTTY: false, columns: 100 }, { COLUMNS: '40' }, undefined],
])('a page for %j with %j is %s wide', (stream, env, columns) => {
  expect(terminalWidth(stream as NodeJS.WriteStream, env)).toBe(columns);
});
