import { expect, test } from 'vitest';
import { findGhosts, keptOnlyOf, type LeftRef } from '../../../src/shared/refs/ghosts.ts';
import type { ObjectName, RefName } from '../../../src/shared/remote.ts';

const left = (name: string, isNew: boolean): LeftRef => ({
  ref: `refs/remotes/pr/${name}` as RefName,
  tip: '1'.repeat(40) as ObjectName,
  isNew,
});

test.each([
  ['nothing is left', [], { kind: 'none' }],
  ['what is left was there before', [left('a', false), left('b', false)], { kind: 'none' }],
  ['some of it was there before', [left('a', true), left('b', false)], { kind: 'undecided' }],
  ['all of it is new', [left('a', true)], { kind: 'ghosts', refs: [left('a', true)] }],
])('of a remote that is no more, where %s: %j', (_where, refs, ghosts) => {
  expect(findGhosts(refs)).toEqual(ghosts);
});

test.each([
  ['refs/remotes/pr/main', true],
  ['refs/remotes/pr/a/b', true],
  ['refs/remotes/pr/shared/x', false],
  ['refs/remotes/prs/main', false],
  ['refs/remotes/one', true],
  ['refs/heads/main', false],
])('that %s was kept of it alone: %s', (ref, isIts) => {
  const gone = [
    '+refs/heads/*:refs/remotes/pr/*',
    'refs/heads/main:remotes/one',
    'refs/heads/main:refs/heads/main',
    '^refs/heads/x',
  ];
  const others = ['refs/heads/*:refs/remotes/pr/shared/*', 'refs/heads/*:refs/remotes/origin/*'];
  expect(keptOnlyOf(gone, others)(ref as RefName)).toBe(isIts);
});
