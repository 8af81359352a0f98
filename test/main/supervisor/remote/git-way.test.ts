import { describe, expect, it } from 'vitest';
import { nextWay, wayOver } from '../../../../src/main/supervisor/remote/git-way.ts';

describe('git over a link', () => {
  const wayAfter = (...fetches: readonly boolean[]): string => fetches.reduce(nextWay, wayOver('/relay/1')).kind;

  it('goes through the relay', () => expect(wayAfter(true)).toBe('relay'));
  it('goes its own way after the relay failed', () => expect(wayAfter(false)).toBe('own'));
  it('goes back to the relay when its own way worked', () => expect(wayAfter(false, true)).toBe('relay'));
  it('goes back to the relay when its own way failed, too', () => expect(wayAfter(false, false)).toBe('relay'));
  it('stays on its own way when the relay failed time and again', () =>
    expect(wayAfter(false, true, false, true, true)).toBe('own'));
  it('has no relay where none was offered', () =>
    expect(nextWay(wayOver(undefined), false)).toEqual({ kind: 'no-relay' }));
});
