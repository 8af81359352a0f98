// Owns: that all that status can tell is in the schema of its JSON, and what its short form is.
// Leaves: real output (test/end-to-end/status.test.ts).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { statusJson } from '../../../../src/main/commands/status/json.ts';
import { shortLines } from '../../../../src/main/commands/status/short.ts';
import {
  type DaemonStatus,
  inThisForm,
  type RemoteStatus,
  type ServedNetwork,
  type ServedPeer,
} from '../../../../src/shared/status.ts';
import { faultsOf, STATUS_SCHEMA } from '../../../support/status-schema.ts';

const AT = '2025-03-04T12:00:00.000Z';

/** With each field that there is: the compiler asks for those that come. */
const REMOTE: Required<RemoteStatus> = {
  name: 'origin',
  url: 'ssh://host/repo',
  state: 'connected',
  phase: 'logging in',
  watchedBy: 'git ls-remote every 60 s',
  whyNotBetter: 'no memory',
  couldBeBetter: true,
  polledEveryS: 60,
  connectedSince: AT,
  lastPoll: AT,
  lastChange: AT,
  lastSync: { at: AT, ok: false, detail: 'locked' },
  lastCheck: AT,
  syncing: true,
  newsHeldUntil: AT,
  crawls: true,
  receivedBytes: 2 ** 31,
  progress: { since: AT, text: 'Resolving deltas:  12% (1/8)', percent: 12 },
  nextTry: AT,
  lastError: { at: AT, text: 'odd' },
};
const PEER: Required<ServedPeer> = { name: 'laptop', uuid: 'u-1', rights: 'read', since: AT };
const NETWORK: Required<ServedNetwork> = {
  network: 'sock',
  onlyNews: true,
  state: 'listening',
  how: 'a program',
  addresses: ['p2p-annex::sock:me'],
  peers: [PEER],
  lastError: { at: AT, text: 'odd' },
  nextTry: AT,
};
const STATUS: Required<DaemonStatus> = {
  version: 1,
  pid: 42,
  programVersion: '1.2.3',
  installed: '1.2.4',
  startedAt: AT,
  mode: 'background',
  directory: '/r/.git/remote-daemon',
  control: '/r/.git/remote-daemon/control',
  events: '/r/.git/remote-daemon/events',
  elsewhere: 'its pipes are in /run',
  held: 'no',
  heldWhy: 'the network is metered',
  configProblem: 'odd',
  doneWithout: ['no watches are left'],
  remotes: [REMOTE],
  served: [NETWORK],
  skipped: [{ name: 'old', why: 'no fetch refspec' }],
  droppedLines: 0,
  fetchMode: 'prefetch',
  asOf: AT,
};

test('all that there is to tell is in the schema', () => {
  expect(faultsOf(statusJson(STATUS))).toEqual([]);
  expect(faultsOf(statusJson(undefined))).toEqual([]);
  expect(faultsOf(statusJson(undefined, { kind: 'ended', at: AT, why: 'STOP' }))).toEqual([]);
  expect(faultsOf(statusJson(undefined, { kind: 'killed', at: AT }))).toEqual([]);
});

test.each([
  ['a field that is not said', { ...STATUS, more: 1 }],
  ['one of a remote', { ...STATUS, remotes: [{ ...REMOTE, more: 1 }] }],
  ['a state that is none', { ...STATUS, remotes: [{ ...REMOTE, state: 'dreaming' }] }],
  ['a field that is missing', { ...STATUS, pid: undefined }],
])('the schema finds fault with %s', (_what, told) => {
  expect(faultsOf(statusJson(told as DaemonStatus))).not.toEqual([]);
});

test('begins with the version of its form, and whether a daemon runs', () => {
  expect(Object.keys(JSON.parse(statusJson(STATUS))).slice(0, 2)).toEqual(['version', 'running']);
  expect(JSON.parse(statusJson(undefined))).toEqual({ version: 1, running: false });
});

test('what a daemon told before the form had a version is told in this form', () => {
  const { programVersion: _, version: __, ...rest } = STATUS;
  const told = inThisForm({ ...rest, version: '0.1.0' });
  expect([told.version, told.programVersion, faultsOf(statusJson(told))]).toEqual([1, '0.1.0', []]);
});

test('the schema that the README shows is this one', () => {
  const readme = readFileSync(new URL('../../../../README.md', import.meta.url), 'utf8');
  const shown = [...readme.matchAll(/^```json\n(?<text>[\s\S]*?)^```$/gm)].map(({ groups }) => groups?.text ?? '');
  const schemas = shown.filter((text) => text.includes(String(STATUS_SCHEMA.$id)));
  for (const text of schemas) expect(JSON.parse(text)).toEqual(STATUS_SCHEMA);
});

test('the short form is a line for each remote: its name, its state, and what else is worth a word', () => {
  const { lastSync: _, polledEveryS: __, ...plain } = REMOTE;
  const remotes: RemoteStatus[] = [
    { ...plain, syncing: false },
    { ...REMOTE, name: 'forge', syncing: true },
    { ...plain, name: 'away', state: 'waiting', syncing: false, polledEveryS: 60 },
  ];
  expect(shortLines({ remotes, skipped: [{ name: 'old', why: 'no fetch refspec' }] })).toEqual([
    'origin connected',
    'forge connected syncing polled failed',
    'away waiting',
    'old not-watched',
  ]);
});
