import { expect, test } from 'vitest';
import { astray, parseRefs } from './ref-tables.ts';

const KEPT = { name: 'r1', isPruned: false };
const PRUNED = { name: 'r1', isPruned: true };

const theirs = parseRefs('refs/heads/main aa\nrefs/heads/fix bb\nrefs/tags/v1 cc\n');
const here = parseRefs('refs/heads/main 00\nrefs/remotes/r1/fix bb\nrefs/remotes/r1/main aa\nrefs/tags/v1 cc\n');

test('where all came nothing is astray, whatever else is here', () => {
  const more = new Map([...here, ['refs/remotes/r10/main', '11'], ['refs/tags/mine', '22']]);
  expect(astray(PRUNED, theirs, more)).toEqual([]);
});

test.each([
  ['an old tip', 'refs/remotes/r1/main', '00'],
  ['a branch that is missing', 'refs/remotes/r1/fix', undefined],
  ['a tag that is missing', 'refs/tags/v1', undefined],
])('%s is told', (_what, ref, tip) => {
  const other = new Map(here);
  if (tip === undefined) other.delete(ref);
  else other.set(ref, tip);
  expect(astray(KEPT, theirs, other)).toEqual([ref]);
});

test('a branch that is gone there is astray where it is to be pruned, and a tag never', () => {
  const left = new Map([...here, ['refs/remotes/r1/gone', 'dd'], ['refs/tags/gone', 'ee']]);
  expect(astray(PRUNED, theirs, left)).toEqual(['refs/remotes/r1/gone']);
  expect(astray(KEPT, theirs, left)).toEqual([]);
});
