// Owns: when a session of XMPP that broke is resumed, and when one that hears nothing is begun anew.
// Leaves: doing either (xmpp.test.ts).
import { expect, test } from 'vitest';
import { mayBeDeaf, mayBeResumed, NO_HISTORY } from '../../../../../src/workers/peer/network/xmpp/resumption.ts';

test('a session that breaks for the first time is resumed, however soon', () => {
  expect(mayBeResumed(NO_HISTORY, 0)).toBe(true);
});

test.each([
  ['at once', 0, false],
  ['within half a minute', 29_999, false],
  ['after that', 30_000, true],
])('a session that was resumed and breaks again %s', (_, afterMs, expected) => {
  expect(mayBeResumed({ ...NO_HISTORY, resumedMs: 5_000 }, 5_000 + afterMs)).toBe(expected);
});

test('a session that was never resumed is not taken for deaf', () => {
  expect(mayBeDeaf(NO_HISTORY, 1_000_000)).toBe(false);
  expect(mayBeDeaf({ resumedMs: undefined, renewedMs: 0 }, 1_000_000)).toBe(false);
});

test('a session that was resumed may be deaf, and is begun anew for that at most once a minute', () => {
  expect(mayBeDeaf({ ...NO_HISTORY, resumedMs: 5_000 }, 6_000)).toBe(true);
  expect(mayBeDeaf({ resumedMs: 20_000, renewedMs: 10_000 }, 69_999)).toBe(false);
  expect(mayBeDeaf({ resumedMs: 20_000, renewedMs: 10_000 }, 70_000)).toBe(true);
});
