import { expect, test } from 'vitest';
import {
  AT_LEAST_AFTER_MS,
  AT_MOST_EVERY_MS,
  decideMaintenance,
  QUIET_MS,
} from '../../../src/main/git/maintenance-schedule.ts';

const NOW = 10 * AT_MOST_EVERY_MS;

test.each([
  ['nothing was written', {}],
  ['nothing was written since the last one', { maintainedAtMs: NOW - AT_MOST_EVERY_MS }],
  ['an operation runs', { writtenAtMs: NOW - QUIET_MS, busy: true }],
])('where %s it is not needed', (_when, state) => {
  expect(decideMaintenance({ busy: false, ...state }, NOW)).toEqual({ kind: 'not-needed' });
});

test.each([
  ['the repository has been quiet for as long as it should', { writtenAtMs: NOW - QUIET_MS }],
  ['and the last one is an hour old', { writtenAtMs: NOW - QUIET_MS, maintainedAtMs: NOW - AT_MOST_EVERY_MS }],
  ['it was never quiet for an hour', { writtenAtMs: NOW, firstWrittenAtMs: NOW - AT_LEAST_AFTER_MS }],
])('it runs when %s', (_when, state) => {
  expect(decideMaintenance({ busy: false, ...state }, NOW)).toEqual({ kind: 'run' });
});

test.each([
  ['until the repository was quiet', { writtenAtMs: NOW - 1_000 }, QUIET_MS - 1_000],
  [
    'until the last one is an hour old',
    { writtenAtMs: NOW - QUIET_MS, maintainedAtMs: NOW - QUIET_MS - 1 },
    AT_MOST_EVERY_MS - QUIET_MS - 1,
  ],
  [
    'no longer than an hour for quiet that does not come',
    { writtenAtMs: NOW, firstWrittenAtMs: NOW - AT_LEAST_AFTER_MS + 5_000 },
    5_000,
  ],
])('it waits %s', (_until, state, waitMs) => {
  expect(decideMaintenance({ busy: false, ...state }, NOW)).toEqual({ kind: 'wait', waitMs });
});
