// Owns: that a secret which is known is in no text that is shown.
// Leaves: secrets that have a form (url-secrets.test.ts).
import { expect, test } from 'vitest';
import { holdsSecret, keepSecret } from '../../src/shared/kept-secrets.ts';
import { printable, saidBy } from '../../src/shared/printable.ts';

const SECRET = 'q7w2e9r4t1y6u3i8o5p0';

test('a secret that is kept is shown nowhere, nor a part of it, whatever stands between and around', () => {
  keepSecret(SECRET);
  expect(printable(`it was ${SECRET}.`)).toBe('it was ***.');
  expect(printable(`a${SECRET.toUpperCase()}b and ${SECRET.slice(3, 16)}`)).toBe('a***b and ***');
  expect(printable(`it was ${[...SECRET].join('\u200b-')}.`)).toBe('it was ***.');
  expect(saidBy('the peer', `${SECRET} ${SECRET}`)).toBe('the peer says: "*** ***"');
  expect(printable(SECRET.slice(0, 11))).toBe(SECRET.slice(0, 11));
});

test('what is too short for a secret takes nothing from what is said', () => {
  keepSecret('peer');
  expect(printable('the peer is gone')).toBe('the peer is gone');
  keepSecret('pa55w0rd');
  expect(printable('my pa55w0rd.')).toBe('my ***.');
});

test('a text is looked through for one in a time that grows with its length', () => {
  expect(holdsSecret(SECRET.slice(0, 11).repeat(20_000), SECRET)).toBe(false);
  expect(holdsSecret(`${'q'.repeat(200_000)}${SECRET}`, SECRET)).toBe(true);
});
