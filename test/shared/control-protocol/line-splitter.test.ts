import { describe, expect, test } from 'vitest';
import { createLineSplitter, LINE_BYTES, type Line } from '../../../src/shared/control-protocol/line-splitter.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const line = (text: string): Line => ({ kind: 'line', text });

/** Everything in one chunk. */
const split = (input: Uint8Array, longest?: number): Line[] => createLineSplitter(longest).push(input);

const MIXED = Uint8Array.from([
  ...bytes('PAUSE\nRÉSUMÉ €\r\n\n\r\nCHANGED refs/heads/ü\n'),
  ...[0x41, 0xff, 0x42, 0x0a],
  ...bytes('nul\0here\nfar too long a line for this limit, which is forty\nSTOP\n\ufeffBOM\nrest'),
]);

const MIXED_LINES: Line[] = [
  line('PAUSE'),
  line('RÉSUMÉ €'),
  line(''),
  line(''),
  line('CHANGED refs/heads/ü'),
  { kind: 'skipped', why: 'not-utf8' },
  { kind: 'skipped', why: 'nul' },
  { kind: 'skipped', why: 'too-long' },
  line('STOP'),
  line('\ufeffBOM'),
];

describe('whatever the bytes are, lines come out whole', () => {
  test('in one chunk', () => {
    expect(split(MIXED, 40)).toEqual(MIXED_LINES);
  });

  test('cut in two at any byte', () => {
    for (let at = 0; at <= MIXED.length; at++) {
      const splitter = createLineSplitter(40);
      const lines = [...splitter.push(MIXED.subarray(0, at)), ...splitter.push(MIXED.subarray(at))];
      expect([at, lines]).toEqual([at, MIXED_LINES]);
      expect(splitter.heldBytes()).toBe(4);
    }
  });

  test('byte by byte, from memory that is used again', () => {
    const splitter = createLineSplitter(40);
    const chunk = new Uint8Array(1);
    const lines = [...MIXED].flatMap((byte) => {
      chunk[0] = byte;
      return splitter.push(chunk);
    });
    expect(lines).toEqual(MIXED_LINES);
  });
});

describe('at the limit', () => {
  test.each([
    ['as long as allowed', 'x'.repeat(LINE_BYTES), '\n', true],
    ['as long as allowed, with CR-LF', 'x'.repeat(LINE_BYTES), '\r\n', true],
    ['one byte over', 'x'.repeat(LINE_BYTES + 1), '\n', false],
    ['one byte over, with CR-LF', 'x'.repeat(LINE_BYTES + 1), '\r\n', false],
    ['the limit in characters is more in bytes', 'é'.repeat(LINE_BYTES / 2 + 1), '\n', false],
  ])('%s', (_name, text, end, fits) => {
    const [first, second] = split(bytes(`${text}${end}next\n`));
    expect(first).toEqual(fits ? line(text) : { kind: 'skipped', why: 'too-long' });
    expect(second).toEqual(line('next'));
  });

  test('an endless line is never kept in memory', () => {
    const splitter = createLineSplitter();
    const chunk = new Uint8Array(10_000).fill(0x78);
    for (let i = 0; i < 100; i++) {
      expect(splitter.push(chunk)).toEqual([]);
      expect(splitter.heldBytes()).toBeLessThanOrEqual(LINE_BYTES + 1);
    }
    expect(splitter.push(bytes('\nSTOP\n'))).toEqual([{ kind: 'skipped', why: 'too-long' }, line('STOP')]);
  });
});

test('half a line can be dropped, and the next one is read as if nothing had been', () => {
  const splitter = createLineSplitter();
  splitter.push(bytes('PAU'));
  expect(splitter.heldBytes()).toBe(3);
  splitter.dropPartial();
  expect(splitter.heldBytes()).toBe(0);
  expect(splitter.push(bytes('RESUME\n'))).toEqual([line('RESUME')]);
});

test('half an over-long line can be dropped too', () => {
  const splitter = createLineSplitter(10);
  splitter.push(bytes('x'.repeat(50)));
  splitter.dropPartial();
  expect(splitter.push(bytes('RESUME\n'))).toEqual([line('RESUME')]);
});

test('a CR inside a line stays', () => {
  expect(split(bytes('a\rb\n\r\r\n'))).toEqual([line('a\rb'), line('\r')]);
});
