import { expect, test } from 'vitest';
import { complaintsIn, isResting } from '../../../src/main/git/gc-log.ts';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;
const HOUR = 3_600_000;
const seconds = (ms: number): string => `${ms / 1_000}\n`;

test.each([
  ['there is none', undefined, '', false],
  ['it is empty', { bytes: 0, writtenAtMs: NOW }, '', false],
  ['it is an hour old', { bytes: 9, writtenAtMs: NOW - HOUR }, '', true],
  ['it is more than a day old', { bytes: 9, writtenAtMs: NOW - DAY - 1 }, '', false],
  ['it is older than the user allows', { bytes: 9, writtenAtMs: NOW - HOUR - 1 }, seconds(NOW - HOUR), false],
  ['the user allows two days', { bytes: 9, writtenAtMs: NOW - DAY - 1 }, seconds(NOW - 2 * DAY), true],
  ['it never expires', { bytes: 9, writtenAtMs: 0 }, '0\n', true],
  ['it always has expired', { bytes: 9, writtenAtMs: NOW }, '18446744073709551615\n', false],
  ['git cannot read the time', { bytes: 9, writtenAtMs: NOW - HOUR }, 'blurb', true],
] as const)('of gc.log, when %s, git rests: %#', (_when, log, expiry, rests) => {
  expect(isResting(log, expiry, NOW)).toBe(rests);
});

const BEGUN = 'Auto packing the repository for optimum performance.\nSee "git help gc" for manual housekeeping.\n';
const TOO_MANY = "warning: There are too many unreachable loose objects; run 'git prune' to remove them.\n";

test.each([
  ['nothing where nothing was to be done, whatever a library says', 'ERROR: ld.so: cannot be preloaded\n', ''],
  ['nothing where all went well', BEGUN, ''],
  ['a warning', BEGUN + TOO_MANY, TOO_MANY],
  [
    'what failed',
    `odd\n${BEGUN}fatal: bad object\nerror: task 'gc' failed\n`,
    "fatal: bad object\nerror: task 'gc' failed\n",
  ],
  ['no failure of what comes before packing', `${BEGUN}fatal: failed to run pack-refs\n`, ''],
])('gc.log gets %s', (_what, stderr, complaints) => {
  expect(complaintsIn({ stderr })).toBe(complaints);
});
