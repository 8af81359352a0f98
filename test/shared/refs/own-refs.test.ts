import { describe, expect, test } from 'vitest';
import { decideOwnRefs, parseOwnRefs, withoutHeld } from '../../../src/shared/refs/own-refs.ts';

const REFSPECS = ['x', 'tags', 'prefetch'].map((name) => {
  const place = `refs/${name}/*`;
  return { text: `+${place}:refs/prefetch/remote-daemon/o/${name}/*`, source: place, destination: place };
});
const PLAN = { waiting: REFSPECS, negative: ['^refs/x/out', '^refs/x/o/*'] };
const ROOM = 'refs/prefetch/remote-daemon/o/';
/** `1 commit refs/x/a` → as git lists it, with an object that ends so. */
const decide = (...lines: readonly string[]) => {
  const listed = lines.map((line) => line.padStart(line.length + 39, '0')).join('\n');
  const { make, move, keep } = decideOwnRefs(parseOwnRefs(`${listed}\n`), ROOM, PLAN);
  const short = (object: string): string => object.slice(-1);
  return {
    make: make.map(({ ref, to }) => `${ref} ${short(to)}`),
    move: move.map(({ ref, from, to }) => `${ref} ${short(from)} ${short(to)}`),
    keep,
  };
};

describe('a ref that waits', () => {
  test('is made where there is none, whatever it is', () => {
    expect(decide(`1 commit ${ROOM}x/a `, `2 tag ${ROOM}tags/v1 `, '3 commit refs/x/b ')).toEqual({
      make: ['refs/x/a 1', 'refs/tags/v1 2'],
      move: [],
      keep: [],
    });
  });

  test('may be moved where both are commits, and is left alone where it is here already', () => {
    const lines = [`1 commit ${ROOM}x/a `, '2 commit refs/x/a ', `3 tag ${ROOM}x/b `, '3 tag refs/x/b '];
    expect(decide(...lines)).toEqual({ make: [], move: ['refs/x/a 2 1'], keep: [] });
  });

  test.each([
    ['is another thing there', [`1 blob ${ROOM}x/a `, '2 commit refs/x/a ']],
    ['is another thing here', [`1 commit ${ROOM}x/a `, '2 tag refs/x/a ']],
    ['only names another here', [`1 commit ${ROOM}x/a `, '2 commit refs/x/a refs/heads/main']],
  ])('is kept as here where it %s', (_where, lines) => {
    expect(decide(...lines)).toEqual({ make: [], move: [], keep: ['refs/x/a'] });
  });

  test('is kept as here where it is a tag', () => {
    expect(decide(`1 commit ${ROOM}tags/v1 `, '2 commit refs/tags/v1 ').keep).toEqual(['refs/tags/v1']);
  });

  test('is left where it is if an earlier config had it wait', () => {
    expect(decide(`1 commit ${ROOM}notes/a `)).toEqual({ make: [], move: [], keep: [] });
  });

  test('is left where it is if a later config takes it out', () => {
    const lines = [`1 commit ${ROOM}x/out `, `1 commit ${ROOM}x/o/a `, `1 commit ${ROOM}x/in `];
    expect(decide(...lines)).toEqual({ make: ['refs/x/in 1'], move: [], keep: [] });
  });

  test('is kept as here, or not made, where that is held', () => {
    const listed = [`${'1'.repeat(40)} commit ${ROOM}x/a `, `${'1'.repeat(40)} commit ${ROOM}x/b `];
    const here = [`${'2'.repeat(40)} commit refs/x/b `];
    const all = decideOwnRefs(parseOwnRefs([...listed, ...here].join('\n')), ROOM, PLAN);
    expect(withoutHeld(all, new Set(['refs/x/a', 'refs/x/b']))).toEqual({
      make: [],
      move: [],
      keep: ['refs/x/a', 'refs/x/b'],
    });
    expect(withoutHeld(all, new Set(['refs/x/c']))).toEqual(all);
  });

  test('leads to no other waiting room, and to no name that cannot be spelled here', () => {
    expect(decide(`1 commit ${ROOM}x/\uFFFD `).make).toEqual([]);
    expect(decide(`1 commit ${ROOM}prefetch/remote-daemon/o/x/a `).make).toEqual([]);
  });
});
