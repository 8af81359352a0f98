// Owns: what `status` and the log are told of one remote, from its record.
// Leaves: how a record comes about (remote.test.ts), and the words for a terminal.
import { expect, test } from 'vitest';
import {
  describeRecord,
  newRecord,
  type RemoteRecord,
  statusOf,
} from '../../../../src/main/supervisor/remote/record.ts';
import { type Remote, remoteName } from '../../../../src/shared/remote.ts';

const ORIGIN: Remote = {
  name: remoteName('origin'),
  url: 'https://somebody:secret@host/d',
  uri: 'https://host/d',
  onThisHost: false,
  rungs: [{ kind: 'poll', why: 'a test', everyMs: 60_000 }],
  refs: { refspecs: ['+refs/heads/*:refs/remotes/origin/*'], tags: true },
  sshCommand: { kind: 'shell', command: 'sshpass -p secret ssh', variant: 'ssh' },
  fetches: true,
};
const record: RemoteRecord = newRecord(ORIGIN, 0);
const failure = { code: 'unreachable', detail: 'nobody is there' } as const;

test('a record is described part by part, one line each, and no secret is in it', () => {
  const lines = describeRecord(record);
  expect(lines.map((line) => line.split(' ')[0])).toEqual([
    'config',
    'linked',
    'link',
    'rung',
    'sync',
    'push',
    'news',
    'told',
    'toldLate',
    'tags',
    'history',
    'leftOut',
    'answers',
  ]);
  expect(lines.join()).toContain('https://***@host/d');
  expect(lines.join()).not.toContain('secret');
});

test.each<[string, Partial<RemoteRecord>, number | undefined]>([
  ['nothing is due', {}, undefined],
  ['the link is', { link: { kind: 'waiting', wakeAtMs: 5, triedAtMs: 1, failures: 1, failure } }, 5],
  ['it is without network', { link: { kind: 'offline', wakeAtMs: 5, triedAtMs: 1, failures: 1, failure } }, 5],
  ['a fetch is', { sync: { kind: 'backing-off', untilMs: 7, failures: 1 } }, 7],
  [
    'a fetch and a push are',
    {
      sync: { kind: 'backing-off', untilMs: 7, failures: 1 },
      push: { kind: 'backing-off', untilMs: 6, offered: ['a'], failures: 1 },
    },
    6,
  ],
])('status says when something is tried again: %s', (_what, part, atMs) => {
  const { nextTry } = statusOf({ ...record, ...part }, 'no');
  expect(nextTry && Date.parse(nextTry)).toBe(atMs);
});
