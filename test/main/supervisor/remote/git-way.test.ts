import { describe, expect, it } from 'vitest';
import { type GitWay, nextWay, wayAnew, wayOver } from '../../../../src/main/supervisor/remote/git-way.ts';

describe('git over a link', () => {
  const wayAfter = (fetches: readonly boolean[], stepMs = 1_000): GitWay =>
    fetches.reduce<GitWay>((way, ok, index) => nextWay(way, ok, index * stepMs), wayOver('/relay/1'));
  const GUILTY = [false, true, false, true];

  it.each<[string, boolean[], GitWay['kind']]>([
    ['goes through the relay', [true], 'relay'],
    ['goes its own way after the relay failed', [false], 'own'],
    ['goes back to the relay when its own way worked', [false, true], 'relay'],
    ['goes back to the relay when its own way failed, too', [false, false], 'relay'],
    ['stays on its own way when the relay alone failed twice', [...GUILTY, true, true], 'own'],
    ['is back on the relay when that fails, too', [...GUILTY, false], 'relay'],
    [
      'blames the relay for nothing when both ways failed, however often',
      [false, false, false, false, false, true],
      'relay',
    ],
    ['blames it for nothing that is long past', [false, true, true, false, true, true], 'relay'],
  ])('%s', (_what, fetches, kind) => {
    expect(wayAfter(fetches).kind).toBe(kind);
  });

  it('tries the relay again after a while, and when somebody asks to', () => {
    const own = wayAfter(GUILTY);
    expect(nextWay(own, true, 4_000).kind).toBe('own');
    expect(nextWay(own, true, 700_000).kind).toBe('relay');
    expect(wayAnew(own)).toEqual(wayOver('/relay/1'));
  });

  it('has no relay where none was offered', () => {
    expect(nextWay(wayOver(undefined), false, 0)).toEqual({ kind: 'no-relay' });
    expect(wayAnew(wayOver(undefined))).toEqual({ kind: 'no-relay' });
  });
});
