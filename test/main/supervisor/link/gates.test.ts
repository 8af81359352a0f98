// Owns: the promise that no server is met by more logins at once than it takes.
// Leaves: real logins (test/end-to-end).
import { describe, expect, it } from 'vitest';
import { createLoginSlots } from '../../../../src/main/supervisor/link/gates.ts';

function takeMany(most: number, count: number): { begun: number[]; giveUp: (() => void)[] } {
  const slots = createLoginSlots(most);
  const begun: number[] = [];
  const giveUp = Array.from({ length: count }, (_, n) => slots.take(() => begun.push(n)));
  return { begun, giveUp };
}

describe('login slots', () => {
  it('let so many begin and keep the others waiting in order', () => {
    const { begun, giveUp } = takeMany(2, 4);
    expect(begun).toEqual([0, 1]);
    giveUp[1]?.();
    expect(begun).toEqual([0, 1, 2]);
  });

  it('do not count a place twice that is given up twice', () => {
    const { begun, giveUp } = takeMany(1, 4);
    giveUp[0]?.();
    giveUp[0]?.();
    expect(begun).toEqual([0, 1]);
  });

  it('pass over one that gave up while it waited', () => {
    const { begun, giveUp } = takeMany(1, 3);
    giveUp[1]?.();
    giveUp[0]?.();
    expect(begun).toEqual([0, 2]);
  });
});
