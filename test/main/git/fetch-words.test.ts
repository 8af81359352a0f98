// Owns: what the words of git 2.31, 2.39 and 2.55, as they were seen, say of the refs that a fetch did not move.
// Leaves: that the refs themselves say the same (fetch.test.ts).
import { describe, expect, test } from 'vitest';
import { refusals, withoutWhatStops } from '../../../src/main/git/fetch-words.ts';
import type { LeftOut } from '../../../src/shared/refs/left-out.ts';

const said = (...lines: readonly string[]) => refusals(lines.join('\n'));
const SUM = [
  'error: some local refs could not be updated; try running',
  " 'git remote prune o' to remove any old, conflicting branches",
];
const taken = (ref: string, by?: string): LeftOut => ({ ref, refspec: undefined, why: { kind: 'name-taken', by } });
const A_IN = 'refs/remotes/o/a';
const TAG_V1: LeftOut = { ref: 'refs/tags/v1', refspec: 'refs/tags/v1:refs/tags/v1' };

test('what git would not move is named in full, with what fetches it', () => {
  expect(
    said(
      'From /srv/s',
      ' ! [rejected]        v1         -> v1  (would clobber existing tag)',
      ' ! [rejected]        a/b        -> o/a/b  (non-fast-forward)',
      ' ! [rejected]        main       -> main  (non-fast-forward)',
      " ! [rejected]        x          -> x  (can't fetch in current branch)",
      ' * [new tag]         v2         -> v2',
    ),
  ).toEqual({
    leftOut: [
      TAG_V1,
      { ref: 'refs/remotes/o/a/b', refspec: 'refs/heads/a/b:refs/remotes/o/a/b' },
      { ref: 'refs/heads/main', refspec: 'refs/heads/main:refs/heads/main' },
      { ref: 'refs/heads/x', refspec: undefined, why: { kind: 'checked-out' } },
    ],
    isUnclear: false,
  });
});

describe('where one name would be that of a ref and of a folder', () => {
  const by239 =
    "error: cannot lock ref 'refs/remotes/o/a/b': 'refs/remotes/o/a' exists; cannot create 'refs/remotes/o/a/b'";
  const row = ' ! [new branch]      a/b        -> o/a/b  (unable to update local ref)';
  const tagRow = ' ! [rejected] v1    -> v1  (would clobber existing tag)';

  test.each<[string, string[], LeftOut[], boolean]>([
    ['2.31 and 2.39', [by239, row, ' * [new tag] v2 -> v2'], [taken(`${A_IN}/b`, A_IN)], false],
    ['2.39, last of all', [by239, row, ...SUM], [taken(`${A_IN}/b`, A_IN)], false],
    [
      '2.31 of a tag',
      [
        'error: fetching ref refs/tags/a/b failed: refname conflict',
        ' ! [new tag] a/b -> a/b  (unable to update local ref)',
      ],
      [taken('refs/tags/a/b')],
      false,
    ],
    [
      '2.55',
      [...SUM, ' ! [new branch] a/b  -> o/a/b  (unable to update local ref)', tagRow],
      [taken(`${A_IN}/b`), TAG_V1],
      false,
    ],
    [
      '2.55 of two',
      [...SUM, "error: 'refs/tags/v2/x' exists; cannot create 'refs/tags/v2'", row],
      [taken('refs/tags/v2', 'refs/tags/v2/x')],
      true,
    ],
    ['2.51, which names neither', [...SUM, ' * [new branch] a/b -> o/a/b'], [], true],
  ])('%s is read', (_version, lines, leftOut, isUnclear) => {
    const read = said(...lines);
    expect(read?.isUnclear).toBe(isUnclear);
    expect(new Set(read?.leftOut)).toEqual(new Set(leftOut));
  });
});

test.each([
  ['git died', [' ! [rejected]  v1 -> v1  (would clobber existing tag)', 'fatal: early EOF']],
  ['it said another error, too', [' ! [rejected]  v1 -> v1  (would clobber existing tag)', 'error: disk full']],
  ['a lock is held', ["error: cannot lock ref 'refs/remotes/o/a': Unable to create '/x/a.lock': File exists.", ...SUM]],
])('it is another failure where %s', (_where, lines) => {
  expect(said(...lines)).toBeUndefined();
});

const BRANCHES = '+refs/heads/*:refs/remotes/o/*';
const X = '+refs/heads/x:refs/y/x';

test.each<[string, string[], string[] | undefined, string?]>([
  ["fatal: couldn't find remote ref refs/heads/x", [BRANCHES, X], [BRANCHES], 'refs/heads/x'],
  ["fatal: couldn't find remote ref refs/heads/x", [X, '^refs/heads/z'], ['^refs/heads/z'], 'refs/heads/x'],
  ["fatal: couldn't find remote ref refs/heads/other", [BRANCHES, X], undefined],
  [
    'fatal: Cannot fetch both refs/heads/a and refs/heads/b to refs/y/x',
    [BRANCHES],
    [BRANCHES, '^refs/heads/b'],
    'refs/heads/b',
  ],
  ['fatal: Cannot fetch both refs/heads/a and refs/heads/b to refs/y/x', ['^refs/heads/b'], undefined],
  ['fatal: early EOF', [BRANCHES, X], undefined],
])('what stops all is left out: %s', (stderr, refspecs, left, ref) => {
  const narrowed = withoutWhatStops(`${stderr}\n`, refspecs);
  expect(narrowed?.refspecs).toEqual(left);
  expect(narrowed?.leftOut.ref).toBe(ref);
});
