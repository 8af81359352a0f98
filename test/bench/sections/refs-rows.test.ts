// Owns: what the rows about many refs hold against what.
// Leaves: measuring (refs.ts).
import { expect, test } from 'vitest';
import { asJson, isMet, type Row } from '../report.ts';
import type { ChangeFigures } from './refs-change.ts';
import { rowsOfChanges, rowsOfMemory, rowsOfStarts } from './refs-rows.ts';
import { inWords } from './refs-scene.ts';

const ours = (hereMs: number, serverCpuMs: number): ChangeFigures => ({
  hereMs: [hereMs],
  lost: 0,
  serverCpuMs,
  hereCpuMs: 50,
});
const told = (rows: readonly Row[]): unknown[] => rows.map((row) => [row.what, isMet(row)]);

test('many refs are held against few, and against the daemon of git-annex with as many', () => {
  const figures = {
    few: 10,
    isFirst: true,
    base: { ours: ours(30, 10), annex: ours(150, 20) },
    figures: { ours: ours(50, 14), annex: ours(300, 200) },
  };
  expect(told(rowsOfChanges({ count: 10_000, ...figures }))).toEqual([
    ['10 refs: ref moved -> here', undefined],
    ['10 000 refs: ref moved -> here', true],
    ['10 000 refs: ref moved -> here; base: 10', false],
    ['10 000 refs: processor time of a change, server; base: 10', true],
    ['10 000 refs: processor time of a change, here; base: 10', undefined],
    ['10 000 refs: changes that did not come', undefined],
  ]);
  expect(told(rowsOfChanges({ count: 100_000, ...figures }))).toContainEqual([
    '100 000 refs: ref moved -> here; base: 10',
    true,
  ]);
});

test('what did not come at all is missing, with its reason, and meets no target', () => {
  const lost = { hereMs: [], lost: 0, missing: 'it did not come' };
  const both = { ours: ours(30, 10), annex: ours(150, 20) };
  const rows = rowsOfChanges({ count: 10_000, few: 10, isFirst: false, base: both, figures: { ...both, annex: lost } });
  expect(asJson(rows)[0]).toMatchObject({ values: { annex: { missing: 'it did not come' } }, isMet: undefined });
});

test('a start is held against ls-remote, and memory against its limit', () => {
  const starts = { connectedMs: [500], comparedMs: [1_300], lsRemoteMs: [1_000] };
  expect(rowsOfStarts(100_000, starts).map(isMet)).toEqual([undefined, false]);
  expect(rowsOfStarts(10_000, starts).map(isMet)).toEqual([undefined, undefined]);
  const memory = { settledMb: 100, peakMb: 130, peakOfAllMb: 200, threadsEnded: 0 };
  expect(rowsOfMemory(3, 150_000, memory).map(isMet)).toEqual([true, false, undefined, true]);
});

test.each([
  [10, '10'],
  [1_000, '1 000'],
  [150_000, '150 000'],
  [1_234_567, '1 234 567'],
])('%d is written %s', (count, words) => {
  expect(inWords(count)).toBe(words);
});
