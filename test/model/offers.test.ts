// Owns: that a push that is missing, wrong, or not wanted is told from one that is right.
// Leaves: what servers have and were sent (pushes-kept.ts), and whole runs (daemon-model.test.ts).
import { describe, expect, test } from 'vitest';
import { missingOffers, noOffers, type Offers, offer, release, settle, type Wish, wrongPushes } from './offers.ts';

const REF = 'refs/heads/own/1';
const BRANCHES = new Map([[REF, ['A', 'B']]]);
const ZEROS = '0'.repeat(40);
const NEVER_WAS = 'to what it never was here';

const offersAfter = (words: readonly string[], wish: Wish): Offers => {
  const offers = noOffers();
  offer(offers, BRANCHES, words, wish);
  return offers;
};
const isMissing = (offers: Offers, tip: string): boolean =>
  missingOffers(offers, BRANCHES, new Map([[REF, tip]])).length > 0;
const isWrong = (offers: Offers, received: { old: string; tip: string; ref?: string }): string[] =>
  wrongPushes(offers, BRANCHES, [{ ref: REF, ...received }]);

describe('what was offered', () => {
  test.each([[[REF]], [['B']], [['refs/heads/else', REF]]])('by %j is to be there, at that tip', (words) => {
    expect(isMissing(offersAfter(words, 'surely'), '')).toBe(true);
    expect(isMissing(offersAfter(words, 'surely'), 'A')).toBe(true);
    expect(isMissing(offersAfter(words, 'surely'), 'B')).toBe(false);
  });

  test.each<[readonly string[], Wish]>([
    [['A'], 'surely'],
    [['refs/heads/else'], 'surely'],
    [[REF], 'maybe'],
    [[REF], 'no'],
  ])('by %j need not be there where the remote wants it: %s', (words, wish) => {
    expect(isMissing(offersAfter(words, wish), '')).toBe(false);
  });

  test('need not be there any more once that is released', () => {
    const offers = offersAfter([REF], 'surely');
    release(offers);
    expect(isMissing(offers, '')).toBe(false);
    expect(isWrong(offers, { old: ZEROS, tip: 'B' })).toEqual([]);
  });
});

describe('a push', () => {
  test('is right where it was asked for, and goes forward', () => {
    for (const wish of ['surely', 'maybe'] as const) {
      expect(isWrong(offersAfter([REF], wish), { old: ZEROS, tip: 'A' })).toEqual([]);
      expect(isWrong(offersAfter([REF], wish), { old: 'A', tip: 'B' })).toEqual([]);
    }
  });

  test.each([
    ['of a branch that was at no such commit', { old: ZEROS, tip: 'C' }, NEVER_WAS],
    ['that deletes', { old: 'A', tip: ZEROS }, NEVER_WAS],
    ['that goes back', { old: 'B', tip: 'A' }, 'by force'],
    ['over what somebody else has put there', { old: 'X', tip: 'B' }, 'by force'],
  ])('%s is wrong', (_what, received, why) => {
    expect(isWrong(offersAfter([REF], 'surely'), received)).toEqual([`${REF} was pushed ${why}`]);
  });

  test('of another branch is wrong', () => {
    const ref = 'refs/heads/main';
    expect(isWrong(offersAfter([REF], 'surely'), { ref, old: 'A', tip: 'B' })).toEqual([
      `${ref} was pushed ${NEVER_WAS}`,
    ]);
  });

  test('of what was no branch yet when it was said is right', () => {
    const offers = noOffers();
    offer(offers, new Map(), [REF], 'surely');
    expect(isMissing(offers, '')).toBe(false);
    expect(isWrong(offers, { old: ZEROS, tip: 'A' })).toEqual([]);
  });

  test('is wrong where it was not wanted, or is done, unless it may be repeated', () => {
    const again = { old: 'A', tip: 'B' };
    expect(isWrong(offersAfter([REF], 'no'), again)).toHaveLength(1);
    for (const mayRepeat of [true, false]) {
      const offers = offersAfter([REF], 'surely');
      settle(offers, mayRepeat);
      expect(isWrong(offers, again)).toHaveLength(mayRepeat ? 0 : 1);
    }
  });
});
