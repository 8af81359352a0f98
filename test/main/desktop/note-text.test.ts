// Owns: what a note says of new commits.
// Leaves: how it is shown (show-note.test.ts), and when (test/end-to-end/own-branches.test.ts).
import { expect, test } from 'vitest';
import { type BranchNews, noteOf, readCommits, toldMoves } from '../../../src/main/desktop/note-text.ts';
import type { RefMove } from '../../../src/shared/events.ts';

const commits = (count: number, author = 'Ann') =>
  Array.from({ length: count }, (_, index) => ({ author, subject: `Change ${count - index}` }));
const news = (branch: string, count: number, part: Partial<BranchNews> = {}): BranchNews => ({
  branch,
  commits: commits(count),
  isPart: false,
  ...part,
});

test.each<[string, readonly BranchNews[], ReturnType<typeof noteOf>]>([
  ['nothing', [news('origin/main', 0)], undefined],
  ['one commit', [news('origin/main', 1)], { title: 'repo: 1 new commit on origin/main', body: 'by Ann\n• Change 1' }],
  [
    'many, by many',
    [
      news('origin/main', 7, {
        commits: [...commits(3), ...commits(1, 'Bo'), ...commits(1, 'Cy'), ...commits(2, 'Di')],
      }),
    ],
    {
      title: 'repo: 7 new commits on origin/main',
      body: 'by Ann, Bo, Cy and 1 more\n• Change 3\n• Change 2\n• Change 1\n• Change 1\n… and 3 more',
    },
  ],
  [
    'more than were looked at',
    [news('origin/main', 100, { isPart: true })],
    {
      title: 'repo: 100 or more new commits on origin/main',
      body: 'by Ann\n• Change 100\n• Change 99\n• Change 98\n• Change 97\n… and 96 or more',
    },
  ],
  [
    'several branches',
    [news('o/a', 2), news('o/b', 1), news('o/none', 0), news('o/c', 1), news('o/d', 1)],
    {
      title: 'repo: new commits on 4 branches',
      body: 'o/a: 2 new commits\nby Ann\n• Change 2\no/b: 1 new commit\nby Ann\n• Change 1\no/c: 1 new commit\nby Ann\n• Change 1\nand 1 more',
    },
  ],
])('of %s', (_what, told, note) => {
  expect(noteOf('repo', told)).toEqual(note);
});

test('what a stranger has written is one line, without control characters, and not long', () => {
  const subject = `\u001b]0;title\u0007 a\u202eb${'x'.repeat(5000)}`;
  const note = noteOf('repo', [news('origin/main', 1, { commits: [{ author: 'A\u0000n\r\nn', subject }] })]);
  expect(note?.body).toMatch(/^by A n n\n• ]0;title {1,2}a bx{60,70}…$/);
});

test('commits are read from what git prints of each', () => {
  expect(readCommits(`commit ${'1'.repeat(40)}\nAnn\0One\ncommit ${'2'.repeat(40)}\nBo\0\n`)).toEqual([
    { author: 'Ann', subject: 'One' },
    { author: 'Bo', subject: '' },
  ]);
});

test('told are branches that have moved, or the upstream alone', () => {
  const move = (ref: string, part: Partial<RefMove> = {}): RefMove => ({
    ref,
    old: '1',
    new: '2',
    how: 'forwarded',
    ...part,
  });
  const { old: _, ...fresh } = move('refs/remotes/o/fresh', { how: 'new' });
  const moved = [
    move('refs/remotes/o/main'),
    move('refs/remotes/o/side', { how: 'forced' }),
    move('refs/remotes/o/gone', { how: 'deleted' }),
    fresh,
    move('refs/tags/v1'),
  ];
  expect(toldMoves(moved, undefined).map(({ ref }) => ref)).toEqual(['refs/remotes/o/main', 'refs/remotes/o/side']);
  expect(toldMoves(moved, 'refs/remotes/o/side').map(({ ref }) => ref)).toEqual(['refs/remotes/o/side']);
});
