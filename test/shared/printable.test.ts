import { expect, test } from 'vitest';
import { plainJson, printable, saidBy } from '../../src/shared/printable.ts';

test.each([
  ['plain', 'plain'],
  ['  two\nlines\r\n', 'two lines'],
  ['bell\u0007 and \u001b[31mred', 'bell  and  [31mred'],
  ['c1\u009bcode', 'c1 code'],
  ['sep\u2028arated\u2029', 'sep arated'],
  ['right\u202eto\u2066left', 'right to left'],
  ['ünïcode stays, 日本 too', 'ünïcode stays, 日本 too'],
  ['', ''],
  ['ze\u200bro\u200d wi\u2060dth\ufeff', 'zero width'],
  ['\u200eleft\u200f and \u061cright', 'left and right'],
  ['ta\u{e0067}\u{e007f}gs', 'tags'],
  ['variation\ufe0f \u{e0101}selectors', 'variation selectors'],
  ['so\u00adft hy\u034fphen', 'soft hyphen'],
  ['fil\u3164l\u115fer\u2800s', 'fillers'],
  ['half \ud800 a pair', 'half  a pair'],
  ['private\ue000 and\u{f0000} never\ufdd0\uffff', 'private and never'],
  ['\u180ea\u206fb\ufff9c', 'abc'],
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

test('what somebody said is marked as his words, and the mark is whole', () => {
  expect(saidBy('the server', 'all is "well"\u0007')).toBe(`the server says: "all is 'well'"`);
  expect(saidBy('the server', 'x'.repeat(32 * 1024))).toBe(`the server says: "${'x'.repeat(300)}…"`);
  expect(printable(saidBy('the server', 'x'.repeat(32 * 1024)))).toMatch(/…"$/);
});

test('a secret is not brought out by cutting the text', () => {
  const text = `${'x'.repeat(485)} https://me:secret-secret@host/`;
  expect(printable(text)).not.toMatch(/secret/);
  expect(printable(`https://me:${'secret'.repeat(4 * 1024)}@host/`)).not.toMatch(/secret/);
});

test('a text made to be slow is not', () => {
  const startMs = performance.now();
  for (const piece of ['a', 'a://', 'a://b:c', ':', '@', 'https://a@']) printable(piece.repeat(32 * 1024));
  expect(performance.now() - startMs).toBeLessThan(5_000);
  for (const piece of ['\u200b', ' \u0007', '\ud800', '://']) printable(piece.repeat(1024 * 1024));
  expect(performance.now() - startMs).toBeLessThan(5_000);
});

test('as JSON all that a terminal would obey or not show is spelled out, and nothing else is another', () => {
  const odd = { ref: 'a\u009b31m\u202eb\u2028\u0085\u{e0067}é\u001b日本', list: ['"\\ \ud800', '\u200d'] };
  const text = plainJson(odd);
  expect(text).toBe(
    '{"ref":"a\\u009b31m\\u202eb\\u2028\\u0085\\udb40\\udc67é\\u001b日本","list":["\\"\\\\ \\ud800","\\u200d"]}',
  );
  expect(JSON.parse(text)).toEqual(odd);
  expect(plainJson(odd, 2).split('\n')).toHaveLength(7);
  expect(JSON.parse(plainJson(odd, 2))).toEqual(odd);
});
