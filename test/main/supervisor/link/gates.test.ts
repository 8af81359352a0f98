// Owns: the promise that no more of a kind run at once than may, and that nobody waits for one that hangs.
// Leaves: real logins (test/end-to-end), real processes (link-turns.test.ts).
import { describe, expect, it } from 'vitest';
import { createGates, type GateLimits } from '../../../../src/main/supervisor/link/gates.ts';
import { until } from '../../../support/next-line.ts';

const LOGIN = { account: { key: 'u@h:22', clues: { files: [] } }, by: 'built-in' } as const;

const HOUR_MS = 3_600_000;

function takeMany(
  limits: Partial<GateLimits>,
  count: number,
  gateOf: (n: number) => Parameters<ReturnType<typeof createGates>['take']>[0] = () => ({ kind: 'poll' }),
): { begun: number[]; giveUp: (() => void)[] } {
  const gates = createGates({ agedMs: HOUR_MS, pollAgedMs: HOUR_MS, ...limits });
  const begun: number[] = [];
  const giveUp = Array.from({ length: count }, (_, n) => gates.take(gateOf(n), () => begun.push(n)));
  return { begun, giveUp };
}

describe('a gate', () => {
  it('lets so many begin and keeps the others waiting in order', () => {
    const { begun, giveUp } = takeMany({ polls: 2 }, 4);
    expect(begun).toEqual([0, 1]);
    giveUp[1]?.();
    expect(begun).toEqual([0, 1, 2]);
  });

  it('does not count a place twice that is given up twice', () => {
    const { begun, giveUp } = takeMany({ polls: 1 }, 4);
    giveUp[0]?.();
    giveUp[0]?.();
    expect(begun).toEqual([0, 1]);
  });

  it('passes over one that gave up while it waited', () => {
    const { begun, giveUp } = takeMany({ polls: 1 }, 3);
    giveUp[1]?.();
    giveUp[0]?.();
    expect(begun).toEqual([0, 2]);
  });

  it('lets one more begin beside one that has had its turn for long', async () => {
    const { begun } = takeMany({ polls: 1, pollAgedMs: 20 }, 3);
    await until('all have begun', () => begun.length === 3);
  });

  it('does not have those who look here wait for those who ask servers', () => {
    const { begun } = takeMany({ polls: 1, looks: 1 }, 3, (n) => ({ kind: n < 2 ? 'poll' : 'look' }));
    expect(begun).toEqual([0, 2]);
  });
});

describe('the turns to log in', () => {
  it('are those of each server, so that one that never lets anybody in keeps nobody from another', () => {
    const serverOf = (n: number): string => (n < 9 ? 'mute:22' : n === 9 ? 'mute:2222' : 'good:22');
    const { begun, giveUp } = takeMany({}, 11, (n) => ({ kind: 'login', server: serverOf(n), login: LOGIN }));
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9, 10]);
    giveUp[3]?.();
    expect(begun.at(-1)).toBe(8);
  });
});
