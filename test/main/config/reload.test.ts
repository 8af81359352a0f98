import { expect, test } from 'vitest';
import { compareRemotes } from '../../../src/main/config/reload.ts';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { configOf } from './read-config.ts';

const remotesOf = (...entries: readonly string[]) =>
  readRemotes(configOf(...entries), { bare: false, env: {}, pollMs: 7_000, fetchMode: 'fetch' as const }).remotes;

const FETCH = 'fetch=+refs/heads/*:refs/remotes/x/*';
const three = (...more: readonly string[]) =>
  remotesOf(...['a', 'b', 'c'].flatMap((name) => [`remote.${name}.url=${name}:d`, `remote.${name}.${FETCH}`]), ...more);

const names = (changes: ReturnType<typeof compareRemotes>) =>
  Object.fromEntries(
    Object.entries(changes).map(([kind, remotes]) => [kind, remotes.map(({ name }: { name: string }) => name)]),
  );

test('remotes that are the same are kept, whatever else the config says now', () => {
  const after = three('remote.a.prune=true', 'user.name=x', 'remote.a.annex-cost=5', 'remotedaemon.pollInterval=99');
  expect(names(compareRemotes(three(), after))).toEqual({ kept: ['a', 'b', 'c'], added: [], removed: [], changed: [] });
});

test('how often it is polled makes no new link of a remote that may not be polled at all', () => {
  const entries = ['remote.a.url=a:d', `remote.a.${FETCH}`];
  const slower = readRemotes(configOf(...entries), {
    bare: false,
    env: {},
    pollMs: 9_000,
    fetchMode: 'fetch' as const,
  }).remotes;
  expect(names(compareRemotes(remotesOf(...entries), slower))).toMatchObject({ kept: ['a'], changed: [] });
});

test('remotes come, go and change', () => {
  const before = three('remote.c.remotedaemon=false', 'remote.d.url=d:d', `remote.d.${FETCH}`);
  const after = three('remote.a.annex-ssh-options=-p 2');
  const changes = compareRemotes(before, after);
  expect(names(changes)).toEqual({ kept: ['b'], added: ['c'], removed: ['d'], changed: ['a'] });
  expect(changes.changed[0]).toBe(after[0]);
  expect(changes.removed[0]).toBe(before[2]);
});

test.each([
  ['remote.a.url=a:e', false],
  ['url.x:.insteadOf=a:', true],
  ['remote.a.annex-ignore=true', true],
  ['remote.a.annex-pull=false', true],
  ['remote.a.remotedaemonPush=true', true],
  ['remote.a.remotedaemonNotify=poll', true],
  ['remote.a.remotedaemonNotifyCommand=x', true],
  ['remote.a.uploadpack=x', true],
  ['core.sshCommand=ssh -4', true],
  ['remote.a.remotedaemon=true', false],
  ['remote.a.pushurl=x', false],
])('%s changes remote a: %j', (entry, isChanged) => {
  expect(names(compareRemotes(three(), three(entry))).changed?.includes('a')).toBe(isChanged);
});
