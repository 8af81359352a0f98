import { describe, expect, test } from 'vitest';
import { findStale } from '../../../src/shared/refs/stale-refs.ts';
import type { RefName } from '../../../src/shared/remote.ts';

const BRANCHES = '+refs/heads/*:refs/remotes/o/*';

/** What is stale here, of all that is kept. */
function staleOf(here: readonly string[], there: readonly string[], refspecs: readonly string[]) {
  const { kept, stale } = findStale(here as RefName[], (ref) => there.includes(ref), { refspecs });
  return { kept, stale: [...stale] };
}

describe('a ref is stale', () => {
  test('that is kept of one that is not there', () => {
    const here = ['refs/remotes/o/main', 'refs/remotes/o/gone', 'refs/remotes/other/x', 'refs/heads/mine'];
    expect(staleOf(here, ['refs/heads/main'], [BRANCHES])).toEqual({ kept: 2, stale: ['refs/remotes/o/gone'] });
  });

  test('only if none is there that it could have been made of', () => {
    const refspecs = [BRANCHES, '+refs/pull/*:refs/remotes/o/*'];
    expect(staleOf(['refs/remotes/o/1'], ['refs/pull/1'], refspecs).stale).toEqual([]);
    expect(staleOf(['refs/remotes/o/1'], [], refspecs).stale).toEqual(['refs/remotes/o/1']);
  });

  test('not if what it was made of is left out by name', () => {
    expect(staleOf(['refs/remotes/o/wip/x'], [], [BRANCHES, '^refs/heads/wip/*'])).toEqual({ kept: 0, stale: [] });
  });

  test('not while anything is there that a short name could mean', () => {
    const refspecs = ['main:refs/remotes/o/main'];
    for (const there of ['refs/heads/main', 'refs/tags/main', 'refs/remotes/main/HEAD', 'refs/main'])
      expect(staleOf(['refs/remotes/o/main'], [there], refspecs).stale).toEqual([]);
    expect(staleOf(['refs/remotes/o/main'], ['refs/heads/other'], refspecs).stale).toEqual(['refs/remotes/o/main']);
  });

  test('never where it is kept of HEAD, or of an object', () => {
    const refspecs = ['HEAD:refs/remotes/o/head', `${'1'.repeat(40)}:refs/remotes/o/pinned`];
    expect(staleOf(['refs/remotes/o/head', 'refs/remotes/o/pinned'], [], refspecs).stale).toEqual([]);
  });

  test('never where its name is not UTF-8, as it may be another', () => {
    expect(staleOf(['refs/remotes/o/\uFFFD'], [], [BRANCHES])).toEqual({ kept: 0, stale: [] });
  });
});
