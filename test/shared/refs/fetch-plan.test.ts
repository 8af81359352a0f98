import { describe, expect, test } from 'vitest';
import {
  isMirror,
  type PlanInputs,
  planFetch,
  prunedBy,
  refspecFor,
  waitingRoom,
} from '../../../src/shared/refs/fetch-plan.ts';
import type { RefName } from '../../../src/shared/remote.ts';

const BRANCHES = '+refs/heads/*:refs/remotes/o/*';
const NOTES = '+refs/notes/*:refs/notes/*';
const TAGS = '+refs/tags/*:refs/tags/*';
const ALL = '+refs/*:refs/*';

const inputs = (part: Partial<PlanInputs> = {}): PlanInputs => ({
  remote: 'o',
  refspecs: [BRANCHES],
  bare: false,
  mirror: false,
  prunes: false,
  prunesTags: false,
  others: [],
  ...part,
});

describe('git does what the config says', () => {
  test.each<[string, Partial<PlanInputs>]>([
    ['where only remote-tracking refs are kept', {}],
    ['where these are pruned', { prunes: true, others: ['+refs/heads/*:refs/remotes/other/*'] }],
    ['where refs are only prefetched', { refspecs: ['+refs/notes/*:refs/prefetch/notes/*'], prunes: true }],
    ['in a bare mirror', { refspecs: [ALL], bare: true, mirror: true, prunes: true, prunesTags: true }],
    ['in a bare repository that keeps all under its own name', { refspecs: [ALL], bare: true, prunes: true }],
    [
      'in a bare mirror of some refs',
      { refspecs: ['+refs/heads/*:refs/heads/*', TAGS], bare: true, mirror: true, prunes: true },
    ],
  ])('%s', (_where, part) => {
    expect(planFetch(inputs(part))).toBeUndefined();
    expect(prunedBy(inputs(part), undefined).length > 0).toBe(part.prunes === true);
  });
});

describe('git is told', () => {
  test('to leave tags alone that it would prune, and to bring all', () => {
    const plan = planFetch(inputs({ prunes: true, prunesTags: true }));
    expect(plan).toEqual({ tracked: [BRANCHES], keepsAll: false, allTags: true, waiting: [], negative: [] });
    expect(prunedBy(inputs({ prunes: true, prunesTags: true }), plan)).toEqual([BRANCHES]);
  });

  test('to have refs wait that would be kept elsewhere, and to prune none of them there', () => {
    const both = inputs({ refspecs: [BRANCHES, NOTES, '^refs/notes/private', '+refs/x/a:tags/a'], prunes: true });
    const plan = planFetch(both);
    expect(plan).toEqual({
      tracked: [BRANCHES],
      keepsAll: false,
      allTags: false,
      waiting: [
        {
          text: '+refs/notes/*:refs/prefetch/remote-daemon/o/notes/*',
          source: 'refs/notes/*',
          destination: 'refs/notes/*',
        },
        { text: '+refs/x/a:refs/prefetch/remote-daemon/o/tags/a', source: 'refs/x/a', destination: 'refs/tags/a' },
      ],
      negative: ['^refs/notes/private'],
    });
    expect(prunedBy(both, plan)).toEqual([BRANCHES]);
  });

  test('to bring tags under their own names by itself, which changes none', () => {
    expect(planFetch(inputs({ refspecs: [BRANCHES, TAGS] }))).toMatchObject({ allTags: true, waiting: [] });
    const onlyTags = planFetch(inputs({ refspecs: [TAGS], prunes: true }));
    expect(onlyTags).toMatchObject({ tracked: ['refs/tags/*:refs/tags/*'], keepsAll: true });
  });

  test.each<[string, Partial<PlanInputs>]>([
    ['of another remote', { others: ['+refs/heads/*:refs/remotes/o/*'] }],
    ['of another remote, below its own', { refspecs: ['+refs/heads/*:refs/remotes/*'], others: [BRANCHES] }],
    ['of another remote, one by one', { others: ['+refs/heads/main:refs/remotes/o/theirs'] }],
    ['of its own that wait', { refspecs: [BRANCHES, '+refs/r/*:refs/r*'] }],
  ])('to prune nothing where the refs may be those %s', (_whose, part) => {
    const shared = inputs({ ...part, prunes: true });
    expect(planFetch(shared)?.keepsAll).toBe(true);
    expect(prunedBy(shared, planFetch(shared))).toEqual([]);
  });
});

test.each<[string, Partial<PlanInputs>, boolean]>([
  ['only remote-tracking refs, whatever it is called', { bare: true, mirror: true }, false],
  [
    'remote-tracking refs and tags, whatever it is called',
    { refspecs: [BRANCHES, TAGS], bare: true, mirror: true },
    false,
  ],
  ['all refs by force, and bare', { refspecs: [ALL], bare: true }, true],
  ['not all, and bare', { refspecs: ['+refs/heads/*:refs/heads/*'], bare: true }, false],
  ['all, without force', { refspecs: ['refs/*:refs/*'], bare: true }, false],
  ['all, with a work tree', { refspecs: [ALL] }, false],
  [
    'under other names, whatever it is called',
    { refspecs: [NOTES, '+refs/heads/*:refs/b/*'], bare: true, mirror: true },
    false,
  ],
])('what is a mirror: %s', (_what, part, mirror) => {
  expect(isMirror(inputs(part))).toBe(mirror);
});

test('the waiting rooms of remotes are apart, whatever they are called', () => {
  const names = ['a', 'a/b', 'a.b', 'a%2fb', 'ä', 'a b', "a'*~:"];
  expect(new Set(names.map(waitingRoom)).size).toBe(names.length);
  for (const name of names) expect(waitingRoom(name)).toMatch(/^refs\/prefetch\/remote-daemon\/[\w%-]+\/$/);
});

test('a ref that was left out is fetched by hand by the refspec that brought it', () => {
  const waiting = planFetch(inputs({ refspecs: ['+refs/heads/*:refs/copies/*/x'] }))?.waiting ?? [];
  expect(refspecFor('refs/copies/a/b/x' as RefName, waiting)).toBe('refs/heads/a/b:refs/copies/a/b/x');
  expect(refspecFor('refs/tags/x' as RefName, waiting)).toBeUndefined();
});
