import { expect, test } from 'vitest';
import { BRANCHES, chooseMove, type Move } from './ref-moves.ts';

/** Plays moves on a made-up remote; a fixed sequence, so that it is the same every time. */
function play(moves: number, mayDelete: boolean): { readonly made: Move[]; readonly branches: Set<string> } {
  let state = 1;
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const branches = new Set<string>(['main']);
  const made = Array.from({ length: moves }, () => {
    const move = chooseMove([...branches], mayDelete, random);
    if (move.kind === 'make') branches.add(move.branch);
    if (move.kind === 'delete') branches.delete(move.branch);
    return move;
  });
  return { made, branches };
}

test('refs move in every way, and main is never deleted', () => {
  const { made, branches } = play(1_000, true);
  expect(new Set(made.map(({ kind }) => kind))).toEqual(new Set(['forward', 'back', 'make', 'delete', 'tag']));
  expect(branches).toContain('main');
});

test('where a deletion would not be noticed none comes, and in the end every branch is there', () => {
  const { made, branches } = play(1_000, false);
  expect(made.filter(({ kind }) => kind === 'delete')).toEqual([]);
  expect(branches).toEqual(new Set(BRANCHES));
});

test('only a branch that is there moves or goes, and only one that is not is made', () => {
  const at = (place: number): Move => chooseMove(['main', 'fix'], true, () => place);
  expect(at(0.7)).toEqual({ kind: 'make', branch: 'four' });
  expect(at(0.9)).toEqual({ kind: 'delete', branch: 'fix' });
  expect(at(0.1)).toEqual({ kind: 'forward', branch: 'main' });
});
