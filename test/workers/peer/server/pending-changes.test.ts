// Owns: how what moved is told at the next question, by objects and by names, as data.
// Leaves: finding out what moved (offers.test.ts).
import { expect, test } from 'vitest';
import { MOST_LINE_BYTES } from '../../../../src/shared/p2p/lines.ts';
import { parseObjectName, parseRefName, type RefMove } from '../../../../src/shared/remote.ts';
import { createPendingChanges, type OfferedMove } from '../../../../src/workers/peer/server/pending-changes.ts';

const object = (digit: string) => parseObjectName(digit.repeat(40));

function move(name: string, tip: RefMove['tip'], isOld = false): OfferedMove {
  const ref = parseRefName(`refs/heads/${name}`);
  if (ref === undefined) throw new Error('no ref');
  return { ref, tip, ...(isOld && { isOldObject: true as const }) };
}

test('of several refs git-annex is told one object at a time, as one that it has would keep it from all', () => {
  const changes = createPendingChanges();
  changes.add([move('a', object('a')), move('b', object('b')), move('same', object('a'))]);
  expect(changes.take('CHANGED')).toBe(`CHANGED ${'a'.repeat(40)}`);
  expect(changes.take('CHANGED')).toBe(`CHANGED ${'b'.repeat(40)}`);
  expect(changes.take('CHANGED')).toBeUndefined();
  expect(changes.take('MOVED')).toBeUndefined();
});

test.each([
  ['a deletion', [move('a', undefined)]],
  ['a rewind', [move('a', object('a'), true)]],
  ['what is not known', undefined],
  ['a ref of which only the name is known', [move('a', 'unknown')]],
] as const)('%s has no object: git-annex is told of none, and so fetches', (_what, offer) => {
  const changes = createPendingChanges();
  changes.add(offer);
  changes.add([move('b', object('b'))]);
  expect(changes.take('CHANGED')).toBe('CHANGED ');
  expect(changes.take('CHANGED')).toBeUndefined();
});

test('by name each ref is told as it is now, and one that is gone with a dash', () => {
  const changes = createPendingChanges();
  changes.add([move('a', object('a')), move('b', object('b'))]);
  changes.add([move('a', undefined)]);
  expect(changes.take('MOVED')).toBe(`MOVED refs/heads/a - refs/heads/b ${'b'.repeat(40)}`);
  expect(changes.take('MOVED')).toBeUndefined();
  expect(changes.take('CHANGED')).toBeUndefined();
});

test.each([[undefined], [[move('a', 'unknown')]]] as const)(
  'what is not known by name is told without any',
  (offer) => {
    const changes = createPendingChanges();
    changes.add([move('b', object('b'))]);
    changes.add(offer);
    expect(changes.take('MOVED')).toBe('MOVED');
    expect(changes.take('MOVED')).toBeUndefined();
  },
);

test('objects that no ref is known for are told as they are', () => {
  const changes = createPendingChanges();
  const offered = object('c');
  changes.add([], offered ? [offered] : []);
  expect(changes.take('CHANGED')).toBe(`CHANGED ${'c'.repeat(40)}`);
  changes.add([], offered ? [offered] : []);
  expect(changes.take('MOVED')).toBe(`CHANGED ${'c'.repeat(40)}`);
  expect(changes.take('MOVED')).toBeUndefined();
  // Beside a ref that moved they have a line of their own, as no line tells of both.
  changes.add([], offered ? [offered] : []);
  changes.add([move('a', object('a'))]);
  expect(changes.take('MOVED')).toBe(`MOVED refs/heads/a ${'a'.repeat(40)}`);
  expect(changes.take('MOVED')).toBe(`CHANGED ${'c'.repeat(40)}`);
  expect(changes.take('MOVED')).toBeUndefined();
});

test('whatever moves while nobody asks, a line stays a line', () => {
  const changes = createPendingChanges();
  const longest = Math.max(
    ...Array.from({ length: 100 }, (_, count) => {
      changes.add(Array.from({ length: count * 10 }, (_each, at) => move(`${'n'.repeat(200)}${at}`, object('d'))));
      return changes.take('MOVED')?.length ?? 0;
    }),
  );
  expect(longest).toBeGreaterThan(20_000);
  expect(longest).toBeLessThanOrEqual(MOST_LINE_BYTES);
});

test('of more than a hundred objects none is told', () => {
  const changes = createPendingChanges();
  for (let at = 0; at < 101; at += 1) changes.add([move(`a${at}`, parseObjectName(at.toString(16).padStart(40, '0')))]);
  expect(changes.take('CHANGED')).toBe('CHANGED ');
  expect(changes.take('CHANGED')).toBeUndefined();
});
