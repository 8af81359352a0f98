// Owns: by which refspecs just what moved is fetched, and where all is fetched instead.
// Leaves: that the refs are then the same (test/main/git/fetch-exactly.test.ts).
import { describe, expect, test } from 'vitest';
import { exactFetch, MOST_NAMED } from '../../../src/shared/refs/exact-fetch.ts';
import { parseObjectName, parseRefName, type RefMove, type Remote } from '../../../src/shared/remote.ts';

const TIP = parseObjectName('1'.repeat(40)) ?? expect.unreachable();
const BRANCHES = ['+refs/heads/*:refs/remotes/o/*'];

const moved = (...names: readonly string[]): RefMove[] =>
  names.map((name) => ({ ref: parseRefName(name) ?? expect.unreachable(name), tip: TIP }));

const fetchOf = (moves: readonly RefMove[], refspecs = BRANCHES, more: Partial<Remote> = {}) =>
  exactFetch(moves, { refs: { refspecs, tags: true }, comparison: { pruned: [] }, ...more });

describe('what moved is fetched by its name', () => {
  test.each<[string, string[], string[], string[]?]>([
    ['by force where the config says so', ['refs/heads/x/y'], ['+refs/heads/x/y:refs/remotes/o/x/y']],
    [
      'and not where it does not',
      ['refs/heads/x'],
      ['refs/heads/x:refs/remotes/o/x'],
      ['refs/heads/*:refs/remotes/o/*'],
    ],
    [
      'into several places',
      ['refs/heads/x'],
      ['+refs/heads/x:refs/remotes/o/x', 'refs/heads/x:refs/remotes/p/x'],
      [...BRANCHES, 'refs/heads/*:refs/remotes/p/*'],
    ],
    [
      'without what is left out, and what is kept nowhere: git follows tags by itself',
      ['refs/heads/x', 'refs/heads/tmp/y', 'refs/tags/v1'],
      ['+refs/heads/x:refs/remotes/o/x'],
      [...BRANCHES, '^refs/heads/tmp/*'],
    ],
    [
      'by a refspec that names it',
      ['refs/heads/x'],
      ['+refs/heads/x:refs/remotes/o/y'],
      ['+refs/heads/x:refs/remotes/o/y'],
    ],
  ])('%s', (_how, names, refspecs, config) => {
    expect(fetchOf(moved(...names), config)).toEqual({ kind: 'exact', refspecs });
  });
});

describe('all is fetched', () => {
  const one = moved('refs/heads/x');
  const gone: RefMove[] = one.map(({ ref }) => ({ ref, tip: undefined }));
  const plan = { tracked: BRANCHES, keepsAll: false, allTags: false, waiting: [], negative: [] };
  test.each<[string, RefMove[], string[]?, Partial<Remote>?]>([
    ['where nothing is named', []],
    ['where only tags are', moved('refs/tags/v1')],
    ['where something is gone, which may be in the way', [...one, ...gone]],
    ['where it is not known whether something is', one.map(({ ref }) => ({ ref, tip: 'unknown' }))],
    ['where more are named', moved(...Array.from({ length: MOST_NAMED + 1 }, (_, at) => `refs/heads/${at}`))],
    ['where the name may be another', moved('refs/heads/\uFFFD')],
    ['where a place may be that of two', one, [...BRANCHES, '+refs/x/*:refs/remotes/o/x/*']],
    ['where a place is outside refs/remotes/', one, ['+refs/heads/*:refs/heads/*']],
    ['where a place may be anything', one, ['+refs/heads/*:refs/*/x']],
    ['where refs wait for what becomes of them', one, BRANCHES, { plan }],
    ['of a partial clone', one, BRANCHES, { comparison: { pruned: [], isPartial: true } }],
  ])('%s', (_where, moves, refspecs, more) => {
    expect(fetchOf(moves, refspecs, more).kind).toBe('whole');
  });

  test('where only git knows what a fetch would bring', () => {
    expect(exactFetch(one, { refs: { refspecs: BRANCHES, tags: true } }).kind).toBe('whole');
  });
});
