// Owns: that each ref that moved is told once, and the words for it.
// Leaves: who sees refs move (test/main/git).
import { describe, expect, test } from 'vitest';
import type { RefMove } from '../../src/shared/events.ts';
import { moveWords } from '../../src/shared/move-words.ts';
import { gatherMoves } from '../../src/shared/moves.ts';

const [A, B, C] = ['a', 'b', 'c'].map((sign) => sign.repeat(40)) as [string, string, string];
const ref = 'refs/remotes/origin/main';
const made: RefMove = { ref, new: A, how: 'new' };
const on: RefMove = { ref, old: A, new: B, how: 'forwarded' };
const further: RefMove = { ref, old: B, new: C, how: 'forwarded' };
const rewound: RefMove = { ref, old: B, new: A, how: 'forced' };
const gone: RefMove = { ref, old: B, how: 'deleted' };

test.each<[string, readonly RefMove[], readonly RefMove[]]>([
  ['forwarded twice', [on, further], [{ ref, old: A, new: C, how: 'forwarded' }]],
  ['made and moved', [made, on], [{ ref, new: B, how: 'new' }]],
  ['made and deleted', [made, gone], []],
  ['moved and deleted', [on, gone], [{ ref, old: A, how: 'deleted' }]],
  ['moved and back', [on, rewound], []],
  ['deleted and made', [gone, made], [{ ref, old: B, new: A, how: 'forced' }]],
  ['deleted and made as it was', [gone, { ...made, new: B }], []],
  ['made twice, as the first could not be kept', [made, made], [made]],
  [
    'forced and moved on',
    [rewound, { ref, old: A, new: C, how: 'forwarded' }],
    [{ ref, old: B, new: C, how: 'forced' }],
  ],
])('a ref that was %s', (_what, moves, told) => {
  const gathered = gatherMoves();
  for (const move of moves) gathered.add(move);
  expect(gathered.now()).toEqual({ moved: told });
});

test('of more refs than are told, or longer names, the others are counted', () => {
  const [many, long] = [gatherMoves(), gatherMoves()];
  for (let count = 0; count < 1_500; count += 1) many.add({ ref: `refs/heads/${count}`, how: 'new' });
  for (let count = 0; count < 100; count += 1) long.add({ ref: `refs/heads/${count}${'x'.repeat(4_000)}`, how: 'new' });
  expect([many.now().moved.length, many.now().movedBesides]).toEqual([1_000, 500]);
  expect([long.now().moved.length, long.now().movedBesides]).toEqual([16, 84]);
});

describe('in words', () => {
  const words = (...moved: readonly RefMove[]): string => moveWords({ moved }, 'origin');

  test('a ref is called as the remote calls it, with what became of it', () => {
    expect(words(on, { ref: 'refs/tags/v2', new: A, how: 'new' })).toBe('main aaaaaaa..bbbbbbb, new tag v2');
    expect(words(rewound, { ref: 'refs/tags/v1', new: B, how: 'forced' })).toBe(
      'main bbbbbbb...aaaaaaa (forced), tag v1 to bbbbbbb (forced)',
    );
    expect(words(gone, { ref: 'refs/heads/x', how: 'deleted' })).toBe('deleted main (was bbbbbbb), deleted x');
    expect(words({ ref: 'refs/prefetch/remotes/origin/main', new: A, how: 'new' })).toBe('new main');
    expect(words({ ref: 'refs/notes/x', new: A, how: 'new' })).toBe('new refs/notes/x');
    expect(words()).toBe('');
  });

  test('of many the first are named, and the others counted', () => {
    const many = Array.from({ length: 42 }, (_, index): RefMove => ({ ref: `refs/heads/b${index}`, how: 'new' }));
    expect(words(...many)).toBe('new b0, new b1, new b2, new b3, new b4 and 37 more');
    expect(words(...many.slice(0, 6))).toMatch(/new b5$/);
    expect(moveWords({ moved: many, movedBesides: 8 }, 'origin')).toMatch(/ and 45 more$/);
    expect(moveWords({ moved: [], movedBesides: 1 }, 'origin')).toBe('1 refs');
  });

  test('what moves a terminal is left out of a name', () => {
    expect(words({ ref: 'refs/heads/a\u202eb\u009b2J', how: 'new' })).toBe('new a b 2J');
  });
});
