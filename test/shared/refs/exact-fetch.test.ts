// Owns: by which refspecs just what moved is fetched, and where all is fetched instead.
// Leaves: that the refs are then the same (test/main/git/fetch-exactly.test.ts).
import { describe, expect, test } from 'vitest';
import { exactFetch, keptAt, MOST_NAMED } from '../../../src/shared/refs/exact-fetch.ts';
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
    expect(fetchOf(moved(...names), config)).toEqual({ kind: 'exact', refspecs, gone: [] });
  });
});

const gone = (...names: readonly string[]): RefMove[] => moved(...names).map(({ ref }) => ({ ref, tip: undefined }));
const PRUNING = { pruning: { refspecs: BRANCHES } };
const TOO_MANY = gone('refs/heads/x', 'refs/heads/y', 'refs/heads/z');

describe('what is gone', () => {
  test.each<[string, RefMove[], readonly string[], readonly string[], string[]?, Partial<Remote>?]>([
    ['is deleted where it was kept', gone('refs/heads/x/y'), [], ['refs/remotes/o/x/y']],
    [
      'is deleted beside what is fetched',
      [...gone('refs/heads/x', 'refs/heads/xx'), ...moved('refs/heads/y')],
      ['+refs/heads/y:refs/remotes/o/y'],
      ['refs/remotes/o/x', 'refs/remotes/o/xx'],
    ],
    ['stays where nothing is pruned, however much it is', TOO_MANY, [], [], BRANCHES, {}],
    [
      'stays where it is left out',
      gone('refs/heads/x', 'refs/heads/tmp/x'),
      [],
      ['refs/remotes/o/x'],
      [...BRANCHES, '^refs/heads/tmp/*'],
    ],
    ['is none of ours where it is kept nowhere', gone('refs/pull/1'), [], []],
  ])('%s', (_how, moves, refspecs, places, config = BRANCHES, more = PRUNING) => {
    const fetch = fetchOf(moves, config, more);
    expect(fetch).toMatchObject({ kind: 'exact', refspecs });
    expect(fetch.kind === 'exact' && fetch.gone.map(({ place }) => place)).toEqual(places);
  });

  test.each<[string, RefMove[], string[]?]>([
    ['is more than is believed at once', TOO_MANY],
    ['was in the way of a folder', [...gone('refs/heads/x'), ...moved('refs/heads/x/y/z')]],
    ['was in a folder that is in the way', [...gone('refs/heads/x/y/z'), ...moved('refs/heads/x')]],
    ['is a tag', gone('refs/tags/v1')],
    ['was asked for by its name', gone('refs/heads/x'), ['+refs/heads/x:refs/remotes/o/x']],
    ['came with a tag alone', [...gone('refs/heads/x'), ...moved('refs/tags/v1')]],
    ['may be another', gone('refs/heads/\uFFFD')],
  ])('is looked for among all refs where it %s', (_where, moves, config = BRANCHES) => {
    expect(fetchOf(moves, config, { pruning: { refspecs: config } }).kind).toBe('whole');
  });
});

test('what is kept at a place is told by the refspec that keeps many there', () => {
  const sourceOf = keptAt([...BRANCHES, '+refs/x/main:refs/remotes/x/main', '^refs/heads/tmp/*']);
  const sources = ['o/a/b', 'o/tmp/a', 'x/main', 'p/a'].map((name) => {
    const [place] = moved(`refs/remotes/${name}`);
    return place && sourceOf(place.ref);
  });
  expect(sources).toEqual(['refs/heads/a/b', undefined, undefined, undefined]);
});

describe('all is fetched', () => {
  const one = moved('refs/heads/x');
  const plan = { tracked: BRANCHES, keepsAll: false, allTags: false, waiting: [], negative: [] };
  test.each<[string, RefMove[], string[]?, Partial<Remote>?]>([
    ['where nothing is named', []],
    ['where only tags are', moved('refs/tags/v1')],
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
