// Owns: how it is told whose loop has ended a thread.
// Leaves: threads that end (worker-pool.test.ts).
import { expect, test } from 'vitest';
import { createSuspects } from '../../../../src/main/supervisor/threads/suspects.ts';

function setUp() {
  const time = { nowMs: 0 };
  const suspects = createSuspects<string>(() => time.nowMs);
  const standings = (...names: readonly string[]) => names.map(suspects.standingOf);
  return { time, ...suspects, standings };
}

test('who was alone in a thread that ended did it, and a second time is to be alone for good', () => {
  const { threadEnded, standings } = setUp();
  expect([threadEnded(['a']), ...standings('a')]).toEqual(['a', 'suspect']);
  expect([threadEnded(['a']), ...standings('a')]).toEqual(['a', 'guilty']);
});

test('of several all are suspects, until a thread ends in which there is one of them', () => {
  const { threadEnded, standings } = setUp();
  expect(threadEnded(['a', 'b', 'c'])).toBeUndefined();
  expect(standings('a', 'b', 'c', 'd')).toEqual(['suspect', 'suspect', 'suspect', 'trusted']);
  expect(threadEnded(['d', 'b', 'e'])).toBe('b');
  expect(standings('a', 'b', 'c', 'd', 'e')).toEqual(['trusted', 'guilty', 'trusted', 'trusted', 'trusted']);
});

test('of suspects that could not be put apart the others are cleared', () => {
  const { threadEnded, standings } = setUp();
  threadEnded(['a', 'b', 'c', 'd']);
  expect(threadEnded(['a', 'b', 'e'])).toBeUndefined();
  expect(standings('a', 'b', 'c', 'd', 'e')).toEqual(['suspect', 'suspect', 'trusted', 'trusted', 'trusted']);
});

test('where it is known whose loop does not end, nobody else is suspected', () => {
  const { threadEnded, standings } = setUp();
  expect(threadEnded(['a', 'b'], 'b')).toBe('b');
  expect(standings('a', 'b')).toEqual(['trusted', 'suspect']);
});

test('a suspect that behaves for an hour is none any more', () => {
  const { time, threadEnded, standings } = setUp();
  threadEnded(['a', 'b']);
  time.nowMs = 3_600_000;
  expect(standings('a', 'b')).toEqual(['trusted', 'trusted']);
});
