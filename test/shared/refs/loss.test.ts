import { describe, expect, test } from 'vitest';
import { type Doubt, isLoss, judgeStale } from '../../../src/shared/refs/loss.ts';
import type { RefName } from '../../../src/shared/remote.ts';

const NOW = 1_000_000;
const refs = (...names: readonly string[]): RefName[] => names.map((name) => `refs/remotes/o/${name}` as RefName);
const many = refs('a', 'b', 'c', 'd');

const doubtOf = (kept: number, stale: readonly RefName[], before?: Doubt, nowMs = NOW): Doubt => {
  const belief = judgeStale({ kept, stale }, before, nowMs);
  if (belief.kind !== 'doubt') throw new Error('it was believed');
  return belief.doubt;
};

test.each([
  [0, 0, false],
  [1, 10, false],
  [2, 10, false],
  [1, 2, false],
  [2, 4, false],
  [2, 3, true],
  [1, 1, true],
  [2, 2, true],
  [3, 100, true],
  [22, 24, true],
])('%i of %i gone: a loss is %s', (gone, kept, loss) => {
  expect(isLoss(gone, kept)).toBe(loss);
});

describe('what is gone', () => {
  test('is believed at once where it is a branch or two', () => {
    expect(judgeStale({ kept: 10, stale: refs('a', 'b') }, undefined, NOW)).toEqual({
      kind: 'delete',
      refs: refs('a', 'b'),
    });
  });

  test('is believed, where it is many, when the next listing says the same, and no earlier', () => {
    const doubt = doubtOf(24, many);
    expect(doubt.againAtMs).toBeGreaterThan(NOW);
    expect(doubtOf(24, many, doubt, doubt.againAtMs - 1)).toEqual(doubt);
    expect(judgeStale({ kept: 24, stale: many }, doubt, doubt.againAtMs)).toEqual({ kind: 'delete', refs: many });
  });

  test('is believed, where it is everything, only by the third', () => {
    const first = doubtOf(4, many);
    const second = doubtOf(4, many, first, first.againAtMs);
    expect(second.againAtMs - first.againAtMs).toBeGreaterThan(first.againAtMs - NOW);
    expect(judgeStale({ kept: 4, stale: many }, second, second.againAtMs).kind).toBe('delete');
  });

  test('is doubted anew by a listing that lacks yet others, each time for longer, so that it costs no stream of fetches', () => {
    let doubt = doubtOf(24, many);
    let longest = 0;
    for (let turn = 0; turn < 20; turn += 1) {
      const next = doubtOf(24, refs(`x${turn}`, 'y', 'z'), doubt, doubt.againAtMs);
      expect(next.looks).toBe(1);
      longest = Math.max(longest, next.againAtMs - doubt.againAtMs);
      doubt = next;
    }
    expect(longest).toBe(120_000);
  });

  test('is forgotten when it has come back', () => {
    expect(judgeStale({ kept: 24, stale: [] }, doubtOf(24, many), NOW)).toEqual({ kind: 'delete', refs: [] });
  });

  test('is what the last listing lacks: what has come back meanwhile stays', () => {
    const doubt = doubtOf(24, many);
    const belief = judgeStale({ kept: 24, stale: many.slice(1) }, doubt, doubt.againAtMs);
    expect(belief).toEqual({ kind: 'delete', refs: many.slice(1) });
  });
});
