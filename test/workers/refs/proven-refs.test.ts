import { expect, test } from 'vitest';
import { parseRefLines, type RefAdvertisement } from '../../../src/shared/refs/ref-advertisement.ts';
import { createProvenRefs } from '../../../src/workers/refs/proven-refs.ts';

const at = (digit: string): RefAdvertisement => parseRefLines(`${digit.repeat(40)} refs/heads/main`);

/** What is told of listings, `1` of one after the other; `=1`: all of that is found here in between. */
function toldOf(story: string): string {
  const [first = '', ...next] = story.split(' ');
  const proven = createProvenRefs(at(first), () => true);
  return next
    .flatMap((word) => {
      if (!word.startsWith('=')) return proven.listed(at(word)).kind;
      proven.areHere(at(word.slice(1)));
      return [];
    })
    .join(' ');
}

test.each([
  ['what was there at the start and is here', '1 =1 1 1', 'nothing nothing'],
  ['what was there at the start and is not seen here', '1 1 =1 1', 'unproven nothing'],
  ['what moved, and was found here', '1 =1 2 =2 2', 'moved nothing'],
  ['what moved, and was not found here', '1 =1 2 2 2 =2 2', 'moved unproven unproven nothing'],
  ['what moved on', '1 =1 2 3 3', 'moved moved unproven'],
  ['a server that lags behind', '1 =1 2 1 2 1', 'moved nothing moved nothing'],
  ['one that lags behind what is here', '1 =1 2 =2 1', 'moved moved'],
])('of %s it is told as it should: %s', (_what, story, told) => {
  expect(toldOf(story)).toBe(told);
});

test('what is never found here is asked about less and less, and then no more', () => {
  const told = toldOf(`1${' 1'.repeat(100)}`).split(' ');
  expect(told.flatMap((kind, index) => (kind === 'unproven' ? index + 1 : []))).toEqual([1, 2, 4, 8, 16]);
});
