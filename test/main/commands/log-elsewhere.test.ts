import { expect, test } from 'vitest';
import { type StderrFacts, stderrFactsOf, whereLogGoes } from '../../../src/main/commands/log-elsewhere.ts';

const USERS = '/user.slice/user-1000.slice/user@1000.service/app.slice/watch-repo.service';
const journal = { leadsTo: 'socket:[4711]', journalStream: '8:4711' };

test.each<[string, StderrFacts, string]>([
  [
    'a service of a user',
    { ...journal, cgroup: USERS },
    'its log is in the journal: journalctl --user -u watch-repo.service',
  ],
  [
    'a service of the system',
    { ...journal, cgroup: '/system.slice/watch@srv.service' },
    'its log is in the journal: journalctl -u watch@srv.service',
  ],
  ['a journal without a unit', { ...journal, cgroup: '/' }, 'its log is in the journal (journalctl)'],
  [
    'a socket that is not the journal, in a service',
    { ...journal, leadsTo: 'socket:[4712]', cgroup: USERS },
    'its log goes to its stderr, and so to whatever started it',
  ],
  ['a file', { leadsTo: '/home/a/log of mine' }, 'its log goes to /home/a/log of mine'],
  ['a file in a service', { ...journal, leadsTo: '/var/log/x', cgroup: USERS }, 'its log goes to /var/log/x'],
  ['a terminal', { leadsTo: '/dev/pts/3' }, 'its log goes to the terminal /dev/pts/3'],
  ['nowhere', { leadsTo: '/dev/null' }, 'its log is thrown away, as its stderr is /dev/null'],
  ['a pipe', { leadsTo: 'pipe:[4711]' }, 'its log goes to its stderr, and so to whatever started it'],
  ['a system that tells nothing', {}, 'its log goes to its stderr, and so to whatever started it'],
])('the log of one whose stderr is %s is found', (_what, facts, where) => {
  expect(whereLogGoes('run', facts)).toBe(where);
});

test('the log of one with a parent is its parent’s', () => {
  expect(whereLogGoes('foreground', { leadsTo: 'pipe:[4711]' })).toBe(
    'its log goes to its stderr, and so to the program that started it',
  );
});

test('of a process that is not there nothing is told', () => {
  expect(stderrFactsOf(2 ** 30)).toEqual({});
});
