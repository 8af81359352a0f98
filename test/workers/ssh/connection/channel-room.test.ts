// Owns: where commands run, by what a connection has shown to carry.
// Leaves: real servers with limits (channels.test.ts).
import { expect, test } from 'vitest';
import { type NotRun, placeFor, type Shown, shownBy } from '../../../../src/workers/ssh/connection/channel-room.ts';

test.each([
  [0, undefined, 'own', 'own'],
  [9, undefined, 'own', 'own'],
  [0, 1, 'own', 'none'],
  [1, 1, 'further', 'none'],
  [1, 2, 'own', 'none'],
  [2, 2, 'further', 'none'],
  [1, 3, 'own', 'own'],
] as const)(
  'with %j open, and %j known to be the most, one goes to: %s; one beforehand to: %s',
  (open, most, needed, spare) => {
    expect([placeFor({ open, most }, 'needed'), placeFor({ open, most }, 'spare')]).toEqual([needed, spare]);
  },
);

test.each<[open: number, most: number | undefined, NotRun, Shown]>([
  [1, undefined, 'refused', 'full'],
  [1, undefined, 'declined', 'full'],
  [1, undefined, 'unanswered', 'full'],
  [1, undefined, 'broken', 'maybe-full'],
  [2, 3, 'refused', 'full'],
  [0, undefined, 'refused', 'nothing'],
  [0, undefined, 'declined', 'nothing'],
  [0, 1, 'refused', 'nothing'],
  [1, 1, 'refused', 'nothing'],
])('with %j open, and %j known to be the most, one that is %s shows: %s', (open, most, how, shown) => {
  expect(shownBy({ open, most }, how)).toBe(shown);
});
