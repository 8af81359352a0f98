// Owns: that a clone that has not what it must have is told from one that has.
// Leaves: asking git for the refs (refs-kept.ts), and whole runs (daemon-model.test.ts).
import { describe, expect, test } from 'vitest';
import { imageOf, leftOver, type Refs, refFaults, tagFaults } from './ref-image.ts';

const refs = (listed: Readonly<Record<string, string>>): Refs => new Map(Object.entries(listed));

const ALL = ['+refs/heads/*:refs/remotes/a/*'];
const THERE = refs({
  'refs/heads/main': 'M',
  'refs/heads/two/deep': 'D',
  'refs/tags/v1': 'T',
  'refs/pull/1/head': 'P',
});
const HERE = { 'refs/remotes/a/main': 'M', 'refs/remotes/a/two/deep': 'D', 'refs/heads/mine': 'X' };

test.each([
  [ALL, { 'refs/remotes/a/main': 'M', 'refs/remotes/a/two/deep': 'D' }],
  [['+refs/heads/main:refs/remotes/a/main'], { 'refs/remotes/a/main': 'M' }],
  [['+refs/heads/main:refs/remotes/a/trunk'], { 'refs/remotes/a/trunk': 'M' }],
  [[...ALL, '^refs/heads/two/*'], { 'refs/remotes/a/main': 'M' }],
  [[...ALL, '^refs/heads/main'], { 'refs/remotes/a/two/deep': 'D' }],
  [['+refs/heads/t*:refs/remotes/a/t*'], { 'refs/remotes/a/two/deep': 'D' }],
])('%j takes the refs where git would', (refspecs, image) => {
  expect(imageOf(THERE, refspecs)).toEqual(refs(image));
});

describe('what is kept of a remote', () => {
  const kept = { there: THERE, refspecs: ALL, exact: true };

  test('is right when it is as it is there, whatever else is here', () => {
    expect(refFaults({ ...kept, here: refs(HERE) })).toEqual([]);
  });

  test('is wrong when a ref is missing, or is at another commit', () => {
    expect(refFaults({ ...kept, here: refs({ 'refs/remotes/a/main': 'old' }) })).toEqual([
      'refs/remotes/a/main is old and not M',
      'refs/remotes/a/two/deep is missing and not D',
    ]);
  });

  test('may have what is gone there only where nothing is pruned', () => {
    const here = refs({ ...HERE, 'refs/remotes/a/gone': 'G' });
    expect(refFaults({ ...kept, here })).toEqual(['refs/remotes/a/gone is left over']);
    expect(refFaults({ ...kept, here, exact: false })).toEqual([]);
  });

  test('keeps what is left out by name, even if that is gone', () => {
    const here = refs({ ...HERE, 'refs/remotes/a/two/gone': 'G', 'refs/remotes/a/gone': 'G' });
    expect(leftOver({ there: THERE, here, refspecs: [...ALL, '^refs/heads/two/*'] })).toEqual(['refs/remotes/a/gone']);
  });
});

describe('tags', () => {
  const there = refs({
    'refs/heads/main': 'M',
    'refs/tags/known': 'K',
    'refs/tags/unknown': 'U',
    'refs/tags/old': 'O',
  });
  const tags = { there, here: refs({ 'refs/tags/old': 'other' }), isKnown: (tag: string) => !tag.endsWith('unknown') };

  test.each([
    ['all', ['refs/tags/known is missing', 'refs/tags/unknown is missing']],
    ['known', ['refs/tags/known is missing']],
    ['none', []],
  ] as const)('are followed (%s), and those that are here stay as they are', (follow, faults) => {
    expect(tagFaults({ ...tags, follow })).toEqual(faults);
  });
});
