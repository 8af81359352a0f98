import { expect, test } from 'vitest';
import { printable } from '../../src/shared/printable.ts';

test.each([
  ['plain', 'plain'],
  ['  two\nlines\r\n', 'two lines'],
  ['bell\u0007 and \u001b[31mred', 'bell  and  [31mred'],
  ['c1\u009bcode', 'c1 code'],
  ['sep\u2028arated\u2029', 'sep arated'],
  ['right\u202eto\u2066left', 'right to left'],
  ['ünïcode stays, 日本 too', 'ünïcode stays, 日本 too'],
  ['', ''],
])('%j is shown as %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('a long text is cut', () => {
  expect(printable('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
  expect(printable('x'.repeat(500))).toBe('x'.repeat(500));
});

test('a cut never leaves half a character', () => {
  expect(printable('😀'.repeat(400))).toMatch(/^(?:😀)+…$/u);
  expect(printable(`x${'😀'.repeat(400)}`)).toMatch(/^x(?:😀)+…$/u);
});

test('a secret is not brought out by cutting the text', () => {
  const text = `${'x'.repeat(485)} https://me:secret-secret@host/`;
  expect(printable(text)).not.toMatch(/secret/);
});

test('a text made to be slow is not', () => {
  const startMs = performance.now();
  for (const piece of ['a', 'a://', 'a://b:c', ':', '@', 'https://a@']) printable(piece.repeat(32 * 1024));
  expect(performance.now() - startMs).toBeLessThan(5_000);
});
