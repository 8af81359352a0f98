import { describe, expect, test } from 'vitest';
import { declareMessages, flag, rest, word, words } from '../../../src/shared/control-protocol/codec.ts';

const messages = declareMessages({
  NOTHING: {},
  ONE: { name: word },
  TWO: { name: word, ok: flag },
  SAYS: { name: word, text: rest },
  MANY: { names: words },
});

test.each([
  { kind: 'NOTHING' } as const,
  { kind: 'ONE', name: 'origin' } as const,
  { kind: 'ONE', name: 'ünïcode%20"\'' } as const,
  { kind: 'TWO', name: 'a', ok: true } as const,
  { kind: 'TWO', name: 'a', ok: false } as const,
  { kind: 'SAYS', name: 'a', text: 'one word' } as const,
  { kind: 'SAYS', name: 'a', text: 'two  spaces,\ttab kept' } as const,
  { kind: 'MANY', names: ['a'] } as const,
  { kind: 'MANY', names: ['a', 'b', 'c'] } as const,
])('what is formatted parses back: %j', (message) => {
  expect(messages.parse(messages.format(message))).toEqual(message);
});

describe('a line that is no message', () => {
  test.each([
    ...[
      '',
      ' ',
      'nothing',
      'Nothing',
      'UNKNOWN',
      'NOTHING x',
      ' NOTHING',
      'ONE',
      'ONE ',
      'ONE a b',
      'TWO a',
      'TWO a 2',
    ],
    ...['TWO a yes', 'TWO a 1 1', 'SAYS a', 'SAYS a ', 'MANY', 'MANY  ', 'toString', '__proto__', 'constructor x'],
    ...['ONE\u00a0a', 'NOTHING\u2028'],
  ])('%j', (line) => {
    expect(messages.parse(line)).toBeUndefined();
  });
});

test.each([
  ['NOTHING\r', { kind: 'NOTHING' }],
  ['NOTHING  \t', { kind: 'NOTHING' }],
  ['ONE \t a ', { kind: 'ONE', name: 'a' }],
  ['MANY a\tb  c \r', { kind: 'MANY', names: ['a', 'b', 'c'] }],
  ['SAYS a  b  c  ', { kind: 'SAYS', name: 'a', text: 'b  c' }],
])('white space around fields is no field: %j', (line, message) => {
  expect(messages.parse(line)).toEqual(message);
});

test('a line made to be slow is not', () => {
  const startMs = performance.now();
  for (let i = 0; i < 100; i++) messages.parse(`ONE a${' '.repeat(32_000)}b`);
  expect(performance.now() - startMs).toBeLessThan(5_000);
});
