// Owns: that a person is told once of each ref that was left out, and what that costs where there are very many.
// Leaves: which are left out (test/main/git/nothing-lost.test.ts), and the words (test/shared/refs).
import { expect, test } from 'vitest';
import { NOTHING_LEFT_OUT, tellOnce } from '../../../../src/main/supervisor/remote/left-out.ts';

const refsOf = (count: number, prefix = 'r') =>
  Array.from({ length: count }, (_none, index) => ({ ref: `refs/heads/${prefix}${index}` }));

test('each ref is told of once for as long as it is left out, and again when it was not meanwhile', () => {
  const [one, other] = [{ ref: 'refs/heads/one' }, { ref: 'refs/heads/other' }];
  const first = tellOnce(NOTHING_LEFT_OUT, [one], false);
  expect(first.news).toEqual([one]);
  const second = tellOnce(first.told, [one, other], false);
  expect(second.news).toEqual([other]);
  expect(tellOnce(second.told, [one, other], false).news).toEqual([]);
  const third = tellOnce(second.told, [other], false);
  expect(third.news).toEqual([]);
  expect(tellOnce(third.told, [one, other], false).news).toEqual([one]);
});

test('of very many a thousand are kept and the others counted; they are told of once, and more of them again', () => {
  const many = refsOf(200_000);
  const first = tellOnce(NOTHING_LEFT_OUT, many, false);
  expect(first.news).toHaveLength(200_000);
  expect(first.told.refs).toHaveLength(1_000);
  expect(first.told.more).toBe(199_000);
  const again = tellOnce(first.told, many, false);
  expect(again.news).toEqual([]);
  expect(tellOnce(again.told, [...many, ...refsOf(1, 's')], false).news).toHaveLength(199_001);
});

test('a fetch that has not looked at all forgets none that were told', () => {
  const [one, other] = refsOf(2);
  if (one === undefined || other === undefined) return expect.unreachable('two were made');
  const first = tellOnce(NOTHING_LEFT_OUT, [one], true);
  const second = tellOnce(first.told, [other], true);
  expect(second.news).toEqual([other]);
  expect(tellOnce(second.told, [one, other], true).news).toEqual([]);
});
