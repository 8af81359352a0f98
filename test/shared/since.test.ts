// Owns: what a person may write for a point in the past, and what that means.
// Leaves: the commands that take one.
import { describe, expect, test } from 'vitest';
import { readSince } from '../../src/shared/since.ts';

/** A Wednesday afternoon where this runs. */
const NOW = new Date(2025, 11, 3, 14, 30, 15);
const here = (day: number, hour = 0, minute = 0, second = 0): Date => new Date(2025, 11, day, hour, minute, second);
const secondsAgo = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

describe('a point in the past', () => {
  test.each([
    ['now', NOW],
    ['90s', secondsAgo(90)],
    ['5m', secondsAgo(300)],
    ['2h', secondsAgo(7200)],
    ['1d', secondsAgo(86_400)],
    ['2w', secondsAgo(14 * 86_400)],
    ['1h30m', secondsAgo(5400)],
    ['1h 30min', secondsAgo(5400)],
    ['2 hours ago', secondsAgo(7200)],
    ['5.minutes.ago', secondsAgo(300)],
    ['1 day', secondsAgo(86_400)],
    [' Yesterday ', here(2)],
    ['today', here(3)],
    ['9:05', here(3, 9, 5)],
    ['14:30:15', here(3, 14, 30, 15)],
    ['20:15', here(2, 20, 15)],
    ['2025-12-01', here(1)],
    ['2025-12-01 08:09', here(1, 8, 9)],
    ['2025-12-01T08:09:10', here(1, 8, 9, 10)],
    ['2025-12-01T08:09:10Z', new Date('2025-12-01T08:09:10Z')],
    ['2025-12-01T08:09:10.250Z', new Date('2025-12-01T08:09:10.250Z')],
    ['2025-12-01T08:09:10.123456Z', new Date('2025-12-01T08:09:10.123Z')],
    ['2025-12-01T08:09:10+0130', new Date('2025-12-01T06:39:10Z')],
    ['2025-12-01 08:09:10 -05:00', new Date('2025-12-01T13:09:10Z')],
  ])('%s', (text, at) => {
    expect(readSince(text, NOW.getTime())).toEqual({ kind: 'at', atMs: at.getTime() });
  });

  test.each([
    '',
    '5',
    '-5m',
    '5x',
    'm',
    'tomorrow',
    '25:00',
    '12:60',
    '2025-02-31',
    '2025-13-01',
    '2025-12-01T25:00',
    '1'.repeat(40),
  ])('is not what is written as %j, and what would be is said', (text) => {
    expect(readSince(text, NOW.getTime())).toEqual({ kind: 'unclear', why: expect.stringContaining(`5m, 2h or 1d`) });
  });
});
