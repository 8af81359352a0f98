// Owns: by which rungs a remote can be watched, best first.
// Leaves: trying them (test/end-to-end).
import { expect, test } from 'vitest';
import { type RungWishes, rungsOf } from '../../../../src/main/config/rungs/rungs.ts';
import type { Rung } from '../../../../src/shared/remote.ts';
import { parseRemoteUrl } from '../../../../src/shared/remote-uri.ts';

const wishes: RungWishes = {
  sshCommand: { kind: 'options', program: 'ssh', options: [] },
  pollMs: 7_000,
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
};

function rungKinds(url: string, pinned?: RungWishes['pinned'], vcs?: string): readonly Rung['kind'][] {
  return rungsOf(parseRemoteUrl(url), vcs, { ...wishes, ...(pinned && { pinned }) }).map(({ kind }) => kind);
}

test.each([
  ['/srv/repo.git', '/srv/repo.git'],
  ['../repo', '../repo'],
  ['~/repo', '~/repo'],
  ['file:///srv/a%20b', '/srv/a b'],
  ['file://host/srv/repo', '/srv/repo'],
])('%s is watched in the file system, and polled where that cannot be', (url, path) => {
  expect(rungsOf(parseRemoteUrl(url), undefined, wishes)).toEqual([
    { kind: 'local-watch', path },
    { kind: 'poll', why: 'its file system cannot be watched', everyMs: 7_000 },
  ]);
});

test('a path pinned to watching is not polled, and one pinned to polling not watched', () => {
  expect(rungKinds('/srv/repo', 'watch')).toEqual(['local-watch']);
  expect(rungKinds('/srv/repo', 'poll')).toEqual(['poll']);
});

test.each(['https://host/repo', 'git://host/repo', 'gcrypt::/srv/repo'])('%s is polled', (url) => {
  expect(rungKinds(url)).toEqual(['poll']);
});

test('a path that a remote helper makes something of is polled', () => {
  expect(rungKinds('/srv/repo', undefined, 'hg')).toEqual(['poll']);
});

test('an ssh host is handed a watcher that is told, asked for git-annex-shell, handed one that looks, and polled', () => {
  expect(rungsOf(parseRemoteUrl('me@host:d'), undefined, wishes)).toMatchObject([
    { kind: 'server-watch', by: 'inotifywait' },
    { kind: 'annex-shell' },
    { kind: 'server-watch', by: 'looking' },
    { kind: 'poll' },
  ]);
});

test.each([
  ['annex-shell', [{ kind: 'annex-shell' }]],
  ['watch', [{ kind: 'server-watch' }]],
  ['poll', [{ kind: 'poll' }]],
] as const)('an ssh host pinned to %s is watched in no other way', (pinned, rungs) => {
  expect(rungsOf(parseRemoteUrl('h:d'), undefined, { ...wishes, pinned })).toMatchObject(rungs);
});

test('without git-annex-shell there is one watcher, which looks where nothing tells it', () => {
  const rungs = rungsOf(parseRemoteUrl('h:d'), undefined, { ...wishes, whyNoAnnexShell: 'the key says so' });
  expect(rungs).toMatchObject([{ kind: 'server-watch', why: 'the key says so' }, { kind: 'poll' }]);
  expect(rungs[0]).not.toHaveProperty('by');
});

test('an ssh host is polled over the connection to it, the choice of the config included', () => {
  for (const pinned of [undefined, 'poll'] as const) {
    const last = rungsOf(parseRemoteUrl('me@host:d'), undefined, { ...wishes, ...(pinned && { pinned }) }).at(-1);
    expect(last).toMatchObject({ kind: 'poll', target: { user: 'me', host: 'host', path: 'd' } });
  }
  expect(rungsOf(parseRemoteUrl('me@host:d'), 'hg', wishes)).toEqual([
    { kind: 'poll', why: 'the remote helper hg tells of no changes', everyMs: 7_000 },
  ]);
});
