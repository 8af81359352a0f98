// Owns: the one line of each of many repositories, and the exit status of all.
// Leaves: running a command in them (test/end-to-end/many-repositories.test.ts).
import { expect, test } from 'vitest';
import { jsonOfAll, lineOf, linesOf, worstStatus } from '../../../../src/main/commands/many/told.ts';

const TOLD = { top: '/a', status: 0, out: '', error: '' };

test.each([
  ['the first line of what it printed', { out: '\nrunning\nmore\n', error: 'warning: old\n' }, '/a: running'],
  ['why it failed, before what it printed', { status: 128, out: 'half\n', error: 'fatal: no disk\n' }, '/a: no disk'],
  ['the answer no', { status: 1, error: 'error: none runs\n' }, '/a: none runs'],
  ['that it is done, where nothing was said', {}, '/a: done'],
  ['its exit status, where nothing was said', { status: 3 }, '/a: exit status 3'],
  ['nothing that moves a cursor', { out: 'a\u001b[2Jb\n' }, '/a: a [2Jb'],
])('a line tells %s', (_what, told, line) => {
  expect(lineOf({ ...TOLD, ...told })).toBe(line);
});

test('all lines are told of, each behind the path, where each is of a remote', () => {
  expect(linesOf({ ...TOLD, status: 1, out: 'one up\ntwo down\n' })).toBe('/a: one up\n/a: two down');
  expect(linesOf({ ...TOLD, status: 1 })).toBe('/a: not-running');
  expect(linesOf({ ...TOLD, status: 1, error: 'error: none runs\n' })).toBe('/a: none runs');
});

test.each([
  [[], 0],
  [[0, 0], 0],
  [[0, 2], 2],
  [[2, 1], 1],
  [[0, 128], 1],
])('statuses %j are %i for all', (statuses, expected) => {
  expect(worstStatus(statuses.map((status) => ({ ...TOLD, status })))).toBe(expected);
});

test('for programs there is what each printed, by its repository', () => {
  const all = [
    { ...TOLD, out: '{"x":1}\n' },
    { ...TOLD, top: '/b', status: 1, error: 'error: gone\n' },
  ];
  expect(JSON.parse(jsonOfAll(all))).toEqual({
    version: 1,
    repositories: [
      { repository: '/a', status: { x: 1 }, exitStatus: 0 },
      { repository: '/b', status: null, exitStatus: 1, error: 'gone' },
    ],
  });
});
