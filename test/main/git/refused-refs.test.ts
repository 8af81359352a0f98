import { expect, test } from 'vitest';
import { refusedBy } from '../../../src/main/git/refused-refs.ts';

const refused = (status: number, ...lines: readonly string[]) =>
  refusedBy({ status, stdout: '', stderr: lines.join('\n') });
const SUM = 'error: some local refs could not be updated; try running';

test('what git would not move is named in full, with what fetches it', () => {
  expect(
    refused(
      1,
      'From /srv/s',
      ' ! [rejected]        v1         -> v1  (would clobber existing tag)',
      ' ! [rejected]        a/b        -> o/a/b  (non-fast-forward)',
      ' ! [rejected]        main       -> main  (non-fast-forward)',
      ' * [new tag]         v2         -> v2',
    ),
  ).toEqual([
    { ref: 'refs/tags/v1', refspec: 'refs/tags/v1:refs/tags/v1' },
    { ref: 'refs/remotes/o/a/b', refspec: 'refs/heads/a/b:refs/remotes/o/a/b' },
    { ref: 'refs/heads/main', refspec: 'refs/heads/main:refs/heads/main' },
  ]);
});

test('a tag whose name is taken by another is no failure of the rest', () => {
  const inTheWay = "error: cannot lock ref 'refs/tags/a/b': 'refs/tags/a' exists; cannot create 'refs/tags/a/b'";
  expect(refused(1, inTheWay, ' ! [new tag] a/b -> a/b  (unable to update local ref)', SUM)).toEqual([
    { ref: 'refs/tags/a/b', refspec: undefined },
  ]);
});

test.each([
  ['git died', 128, [' ! [rejected]  v1 -> v1  (would clobber existing tag)', 'fatal: early EOF']],
  ['it said another error, too', 1, [' ! [rejected]  v1 -> v1  (would clobber existing tag)', 'error: disk full']],
  [
    'a branch is in the way',
    1,
    ["error: cannot lock ref 'refs/remotes/o/a/b': 'refs/remotes/o/a' exists; cannot create", SUM],
  ],
  ['it said nothing', 1, []],
])('it is a failure where %s', (_where, status, lines) => {
  expect(refused(status, ...lines)).toBeUndefined();
});
