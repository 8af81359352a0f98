import { describe, expect, test } from 'vitest';
import { areComparable, keptAfter, keptPlaces } from '../../../src/shared/refs/all-here.ts';
import { hereBeside } from '../../../src/shared/refs/here-refs.ts';
import { parseRefLines } from '../../../src/shared/refs/ref-advertisement.ts';
import { type Comparison, parseObjectName, parseRefName } from '../../../src/shared/remote.ts';
import { isAllHere } from './listings.ts';

const BRANCHES = ['+refs/heads/*:refs/remotes/o/*'];
const WITH_PULLS = [...BRANCHES, '+refs/pull/*/head:refs/remotes/o/pr/*'];

/** `1 refs/heads/main` → refs with object names that end so. */
const refsOf = (lines: readonly string[]) =>
  parseRefLines(lines.map((line) => line.padStart(line.length + 39, '0')).join('\n'));

function compare(remote: readonly string[], here: readonly string[], options: Partial<Options> = {}): boolean {
  const { refspecs = BRANCHES, tags = true, pruned = [] } = options;
  const [there, ours] = [refsOf(remote), refsOf(here)];
  return isAllHere(there, hereBeside(there, ours), { refspecs, tags }, { pruned });
}

interface Options extends Comparison {
  readonly refspecs: readonly string[];
  readonly tags: boolean;
}

test('what lists nothing has not all here where something is kept of it, whether that is pruned or not', () => {
  expect(compare([], ['1 refs/remotes/o/main'])).toBe(false);
  expect(compare([], ['1 refs/tags/mine'])).toBe(true);
});

describe('all is here', () => {
  test.each<[string, string[], string[], Partial<Options>?]>([
    ['where there is nothing', [], []],
    [
      'when each ref has the tip it has there',
      ['1 refs/heads/main', '2 refs/heads/x/y'],
      ['1 refs/remotes/o/main', '2 refs/remotes/o/x/y'],
    ],
    ['when tags are here as well', ['1 refs/tags/v1'], ['1 refs/tags/v1']],
    ['whatever the tags are where none are followed', ['1 refs/tags/v1'], [], { tags: false }],
    [
      'whatever else is here',
      ['1 refs/heads/main'],
      ['1 refs/remotes/o/main', '2 refs/remotes/o/gone', '3 refs/tags/mine'],
    ],
    ['whatever no refspec asks for', ['1 refs/heads/main', '2 refs/pull/1/head'], ['1 refs/remotes/o/main']],
    ['whatever is left out by name', ['1 refs/heads/wip/x'], [], { refspecs: [...BRANCHES, '^refs/heads/wip/*'] }],
    [
      'when the one ref that is asked for is',
      ['1 refs/heads/main', '2 refs/heads/x'],
      ['1 refs/remotes/o/main'],
      { refspecs: ['refs/heads/main:refs/remotes/o/main'] },
    ],
    [
      'where what is gone would be pruned and nothing is gone',
      ['1 refs/heads/main'],
      ['1 refs/remotes/o/main', '3 refs/tags/mine'],
      { pruned: BRANCHES },
    ],
    [
      'of a mirror',
      ['1 refs/heads/main', '2 refs/notes/x'],
      ['1 refs/heads/main', '2 refs/notes/x'],
      { refspecs: ['+refs/*:refs/*'] },
    ],
    [
      'when another refspec leads back to what one alone would prune, as for the pull requests of a forge',
      ['1 refs/heads/main', '2 refs/pull/7/head'],
      ['1 refs/remotes/o/main', '2 refs/remotes/o/pr/7'],
      { refspecs: WITH_PULLS, pruned: WITH_PULLS },
    ],
  ])('%s', (_when, remote, here, options) => {
    expect(compare(remote, here, options)).toBe(true);
  });
});

describe('a fetch is needed', () => {
  test.each<[string, string[], string[], Partial<Options>?]>([
    ['when a branch is new', ['1 refs/heads/main', '1 refs/heads/new'], ['1 refs/remotes/o/main']],
    ['when a branch has moved, or was set back', ['2 refs/heads/main'], ['1 refs/remotes/o/main']],
    ['when a tag is new', ['1 refs/heads/main', '1 refs/tags/v1'], ['1 refs/remotes/o/main']],
    ['when a name is no text', ['1 refs/heads/\uFFFD'], ['1 refs/remotes/o/\uFFFD']],
    [
      'when a tag is new, whatever is left out by name, as git follows tags all the same',
      ['1 refs/heads/main', '1 refs/tags/v1'],
      ['1 refs/remotes/o/main'],
      { refspecs: [...BRANCHES, '^refs/tags/v*'] },
    ],
    ['when a tag is another', ['2 refs/tags/v1'], ['1 refs/tags/v1']],
    [
      'when a branch that is gone would be pruned',
      ['1 refs/heads/main'],
      ['1 refs/remotes/o/main', '1 refs/remotes/o/gone'],
      { pruned: BRANCHES },
    ],
    [
      'when no refspec leads back to it',
      ['1 refs/heads/main', '2 refs/pull/7/head'],
      ['1 refs/remotes/o/main', '2 refs/remotes/o/pr/7', '3 refs/remotes/o/pr/8'],
      { refspecs: WITH_PULLS, pruned: WITH_PULLS },
    ],
    ['when a tag that is gone would be pruned', [], ['1 refs/tags/v1'], { pruned: ['refs/tags/*:refs/tags/*'] }],
    [
      'when the ref that is asked for is not there, so that git says so',
      ['1 refs/heads/x'],
      [],
      { refspecs: ['refs/heads/main:refs/remotes/o/main'] },
    ],
    [
      'when two refspecs keep one ref in two places, and one is old',
      ['2 refs/heads/main'],
      ['2 refs/remotes/o/main', '1 refs/remotes/p/main'],
      { refspecs: [...BRANCHES, 'refs/heads/main:refs/remotes/p/main'] },
    ],
    [
      'when two refs are kept in one place',
      ['1 refs/heads/x', '2 refs/heads/y'],
      ['1 refs/remotes/o/x'],
      { refspecs: ['refs/heads/x:refs/remotes/o/x', 'refs/heads/y:refs/remotes/o/x'] },
    ],
  ])('%s', (_when, remote, here, options) => {
    expect(compare(remote, here, options)).toBe(false);
  });
});

test('what is left out by name is not pruned, so that it may stay', () => {
  const refspecs = [...BRANCHES, '^refs/heads/wip/*'];
  const here = parseRefLines(`${'1'.repeat(40)} refs/remotes/o/main\n${'2'.repeat(40)} refs/remotes/o/wip/x`);
  const there = parseRefLines(`${'1'.repeat(40)} refs/heads/main`);
  expect(isAllHere(there, hereBeside(there, here), { refspecs, tags: false }, { pruned: BRANCHES })).toBe(true);
});

test.each([
  ['full names', ['+refs/heads/*:refs/remotes/o/*', '^refs/heads/wip/*', 'refs/heads/main:refs/x/main'], true],
  ['a short name, which may be a branch or a tag', ['main:refs/remotes/o/main'], false],
  ['HEAD, which may be any branch', ['HEAD:refs/remotes/o/HEAD'], false],
  ['an object name', ['0123456789012345678901234567890123456789:refs/x/y'], false],
  ['a place that git finds a folder for', ['refs/heads/main:main'], false],
  ['no place at all', ['+refs/heads/*:refs/remotes/o/*', 'refs/heads/main'], false],
  ['what is no refspec', ['+refs/heads/*:refs/remotes/o'], false],
])('refspecs of %s can be compared, or not', (_what, refspecs, can) => {
  expect(areComparable(refspecs)).toBe(can);
});

test.each([
  ['a folder', BRANCHES, true, ['refs/remotes/o/', 'refs/tags/']],
  [
    'a folder and a name',
    ['refs/heads/x-*:refs/remotes/o/x-*', 'refs/heads/main:refs/p/main'],
    false,
    ['refs/remotes/o/', 'refs/p/main'],
  ],
  ['everything', ['+refs/*:refs/*', '^refs/heads/wip'], true, ['refs/', 'refs/tags/']],
])('what a remote is kept in is %s', (_what, refspecs, tags, places) => {
  expect(keptPlaces({ refspecs, tags })).toEqual(places);
});

describe('what is to be here after a move', () => {
  const TIP = parseObjectName('1'.repeat(40));
  const keptOf = (name: string, tip: typeof TIP | 'unknown', options: Partial<Options> = {}) => {
    const { refspecs = BRANCHES, tags = true, pruned = [] } = options;
    const ref = parseRefName(name) ?? expect.unreachable(name);
    const kept = keptAfter({ ref, tip }, { refspecs, tags }, { pruned });
    return kept?.map(({ place, tip: at }) => `${place} ${at === TIP ? 'there' : 'gone'}`);
  };
  test.each<[string, string, 'moved' | 'gone', Partial<Options>, string[]]>([
    ['a branch is kept by its refspec', 'refs/heads/a/b', 'moved', {}, ['refs/remotes/o/a/b there']],
    ['a tag by its name', 'refs/tags/v1', 'moved', {}, ['refs/tags/v1 there']],
    ['a tag nowhere, where none are followed', 'refs/tags/v1', 'moved', { tags: false }, []],
    ['a branch that is gone stays, where nothing is pruned', 'refs/heads/a', 'gone', {}, []],
    [
      'a branch that is gone goes, where it is',
      'refs/heads/a',
      'gone',
      { pruned: BRANCHES },
      ['refs/remotes/o/a gone'],
    ],
    ['a tag that is gone stays, where only branches are pruned', 'refs/tags/v1', 'gone', { pruned: BRANCHES }, []],
    [
      'a tag that is gone goes, where tags are pruned',
      'refs/tags/v1',
      'gone',
      { pruned: [...BRANCHES, 'refs/tags/*:refs/tags/*'] },
      ['refs/tags/v1 gone'],
    ],
    [
      'what is left out by name is nowhere',
      'refs/heads/wip/x',
      'moved',
      { refspecs: [...BRANCHES, '^refs/heads/wip/*'] },
      [],
    ],
  ])('%s', (_what, ref, became, options, kept) => {
    expect(keptOf(ref, became === 'moved' ? TIP : undefined, options)).toEqual(kept);
  });

  test('only git knows of a tip that is not told, and of a ref that is asked for by its name and is gone', () => {
    expect(keptOf('refs/heads/a', 'unknown')).toBeUndefined();
    expect(keptOf('refs/heads/a', undefined, { refspecs: ['refs/heads/a:refs/remotes/o/a'] })).toBeUndefined();
  });
});
