// Owns: whether a target is met, and what the table says of a row.
// Leaves: measuring (sections/).
import { expect, test } from 'vitest';
import { isMet, measured, type Row, ratioOf } from './report.ts';
import { formatTable } from './table.ts';

const row = (more: Partial<Row>): Row => ({
  section: 'refs',
  what: 'ref moved -> here',
  unit: 'ms',
  values: {},
  against: 'annex',
  ...more,
});

const VALUES = { ours: measured([30, 31, 60]), annex: measured([310]), base: measured([20]) };

test.each<[string, Partial<Row>, number | undefined, boolean | undefined]>([
  ['git-annex', { target: { times: 0.2 } }, 0.1, true],
  ['ours with less to do', { against: 'base', target: { times: 1.5 } }, 1.55, false],
  ['a number', { against: 'base', target: { most: 31 } }, 1.55, true],
  ['what is missing', { against: 'git', target: { times: 1 } }, undefined, undefined],
  ['nothing', {}, 0.1, undefined],
])('the median is held against %s', (_what, more, ratio, met) => {
  const judged = row({ values: VALUES, ...more });
  expect([ratioOf(judged), isMet(judged)]).toEqual([ratio, met]);
});

test('the table has a line for each row, and says why something is missing', () => {
  const rows = [
    row({ values: VALUES, against: 'base', target: { times: 1.5 } }),
    row({ what: 'a start', values: { ours: measured([5.25]), annex: { missing: 'it did not come' } } }),
    row({ section: 'burst', what: 'fetches', unit: 'count', values: { ours: measured([0]) }, target: { most: 0 } }),
  ];
  expect(formatTable(rows).replace(/ {2,}/g, ' | ')).toBe(` | this daemon | git-annex | git | base | ratio | target

refs
 | ref moved -> here | 31 ms | 310 ms | 20 ms | 1.55 | <= 1.5 x base | missed
 | a start | 5.3 ms | missing

burst
 | fetches | 0 | <= 0 | met

Missing:
 | refs, a start, annex: it did not come`);
});
