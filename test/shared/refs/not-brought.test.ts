// Owns: what the refs there and here say of a fetch that did not bring all.
// Leaves: real fetches (test/main/git/fetch.test.ts).
import { expect, test } from 'vitest';
import type { LeftOut } from '../../../src/shared/refs/left-out.ts';
import { type Asked, notBrought } from '../../../src/shared/refs/not-brought.ts';
import { parseRefLines } from '../../../src/shared/refs/ref-advertisement.ts';

const refsOf = (lines: readonly string[]) =>
  parseRefLines(lines.map((line) => line.padStart(line.length + 39, '0')).join('\n'));
const BRANCHES = ['+refs/heads/*:refs/remotes/o/*'];
const TAGS = ['+refs/heads/*:refs/remotes/o/*', 'refs/tags/*:refs/tags/*'];
const other = (ref: string): LeftOut => ({ ref, refspec: `${ref}:${ref}` });

interface Case {
  readonly there: readonly string[];
  readonly here: readonly string[];
  readonly asked?: Partial<Asked>;
  readonly said?: readonly LeftOut[];
  readonly leftOut?: readonly (readonly [string, string?])[];
  readonly unexplained?: readonly string[];
}

test('however many have a reason, one without is seen', () => {
  const there = [...Array(600).keys()].map((nr) => `1 refs/heads/a/${nr}`);
  const sides = { there: refsOf([...there, '1 refs/heads/z']), here: refsOf(['1 refs/remotes/o/a']) };
  const { leftOut, sources, unexplained } = notBrought(sides, { refspecs: BRANCHES, tags: 'none' }, []);
  expect([leftOut.length, sources.length, unexplained]).toEqual([500, 500, ['refs/remotes/o/z']]);
});

test.each<[string, Case]>([
  ['all is here', { there: ['1 refs/heads/a'], here: ['1 refs/remotes/o/a'] }],
  [
    'a folder where a branch is',
    {
      there: ['1 refs/heads/a/b', '2 refs/heads/c'],
      here: ['1 refs/remotes/o/a', '2 refs/remotes/o/c'],
      leftOut: [['refs/remotes/o/a/b', 'refs/remotes/o/a']],
    },
  ],
  [
    'a branch where a folder is',
    {
      there: ['1 refs/heads/a'],
      here: ['1 refs/remotes/o/a/b/c'],
      leftOut: [['refs/remotes/o/a', 'refs/remotes/o/a/b/c']],
    },
  ],
  [
    'a branch that only was not moved',
    { there: ['2 refs/heads/a'], here: ['1 refs/remotes/o/a'], unexplained: ['refs/remotes/o/a'] },
  ],
  [
    'a tag that git alone may follow, or not',
    { there: ['1 refs/tags/v1', '2 refs/tags/v2'], here: ['1 refs/tags/v2'] },
  ],
  [
    'a moved tag, where all are asked for',
    { there: ['2 refs/tags/v2'], here: ['1 refs/tags/v2'], asked: { tags: 'all' }, leftOut: [['refs/tags/v2']] },
  ],
  [
    'a moved tag, where a refspec asks for it',
    { there: ['2 refs/tags/v2'], here: ['1 refs/tags/v2'], asked: { refspecs: TAGS }, leftOut: [['refs/tags/v2']] },
  ],
  ['a tag, where none is wanted', { there: ['2 refs/tags/v2'], here: ['1 refs/tags/v2'], asked: { tags: 'none' } }],
  [
    'a branch that git said it would not move',
    {
      there: ['2 refs/heads/a', '2 refs/heads/b'],
      here: ['1 refs/remotes/o/a', '1 refs/remotes/o/b'],
      said: [other('refs/remotes/o/a')],
      leftOut: [['refs/remotes/o/a']],
      unexplained: ['refs/remotes/o/b'],
    },
  ],
])('%s', (_what, { there, here, asked = {}, said = [], leftOut = [], unexplained = [] }) => {
  const found = notBrought(
    { there: refsOf(there), here: refsOf(here) },
    { refspecs: BRANCHES, tags: 'followed', ...asked },
    said,
  );
  const told = found.leftOut.map(({ ref, why }) => [ref, ...(why?.kind === 'name-taken' ? [why.by] : [])]);
  expect(told).toEqual(leftOut);
  expect(found.unexplained).toEqual(unexplained);
  expect(found.sources).toHaveLength(leftOut.length);
});
