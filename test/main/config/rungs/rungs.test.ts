// Owns: by which rungs a remote can be watched, best first.
// Leaves: trying them (test/end-to-end).
import { expect, test } from 'vitest';
import { placeOf } from '../../../../src/main/config/rungs/place.ts';
import { isPossible, type RungOptions, rungsOf } from '../../../../src/main/config/rungs/rungs.ts';
import type { RungPin } from '../../../../src/shared/remote.ts';
import { parseRemoteUrl } from '../../../../src/shared/remote-uri.ts';
import { type Rung, rowOf } from '../../../../src/shared/rungs/rungs.ts';

const options: RungOptions = {
  sshCommand: { kind: 'options', program: 'ssh', options: [] },
  pollMs: 7_000,
  annexShell: 'git-annex-shell',
  uploadPack: 'git-upload-pack',
};
const HOST = { kind: 'ssh', host: 'h', path: 'd' } as const;

function rungsAt(url: string, pinned?: RungPin['value'], vcs?: string): readonly Rung[] {
  return rungsOf(placeOf(parseRemoteUrl(url), { vcs, inner: undefined }), pinned, options);
}

function rungKinds(url: string, pinned?: RungPin['value'], vcs?: string): readonly Rung['kind'][] {
  return rungsAt(url, pinned, vcs).map(({ kind }) => kind);
}

test.each([
  ['/srv/repo.git', '/srv/repo.git'],
  ['../repo', '../repo'],
  ['~/repo', '~/repo'],
  ['file:///srv/a%20b', '/srv/a b'],
  ['file://host/srv/repo', '/srv/repo'],
])('%s is watched in the file system, and polled where that cannot be', (url, path) => {
  expect(rungsAt(url)).toEqual([
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
  expect(rungsAt('me@host:d')).toMatchObject([
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
  expect(rungsAt('h:d', pinned)).toMatchObject(rungs);
});

test('without git-annex-shell there is one watcher, which looks where nothing tells it', () => {
  const rungs = rungsOf(HOST, undefined, { ...options, whyNoAnnexShell: 'the key says so' });
  expect(rungs).toMatchObject([{ kind: 'server-watch', why: 'the key says so' }, { kind: 'poll' }]);
  expect(rungs[0]).not.toHaveProperty('by');
});

test('an ssh host is polled over the connection to it, the choice of the config included', () => {
  for (const pinned of [undefined, 'poll'] as const) {
    const last = rungsAt('me@host:d', pinned).at(-1);
    expect(last).toMatchObject({ kind: 'poll', target: { user: 'me', host: 'host', path: 'd' } });
  }
  expect(rungsAt('me@host:d', undefined, 'hg')).toEqual([
    { kind: 'poll', why: 'the remote helper hg tells of no changes', everyMs: 7_000 },
  ]);
});

test('what is behind a helper is watched as its server is, offers git no relay, and is polled through git', () => {
  const place = { kind: 'behind-helper', ssh: HOST } as const;
  for (const pinned of [undefined, 'watch', 'annex-shell', 'poll'] as const) {
    const rungs: readonly Rung[] = rungsOf(place, pinned, options);
    expect(rungs.map(({ kind }) => kind)).toEqual(rungKinds('h:d', pinned));
    expect(rungs.flatMap((rung) => rowOf(rung).relay(rung) ?? [])).toEqual([]);
  }
});

test.each([
  ['h:d', undefined, ['watch', 'annex-shell', 'poll']],
  ['/srv/repo', undefined, ['watch', 'poll']],
  ['https://host/repo', undefined, ['poll']],
  ['gcrypt::/srv/repo', undefined, ['poll']],
  ['h:d', 'hg', ['poll']],
])('of the ways that a config may ask for, %s has with the helper %s: %j', (url, vcs, possible) => {
  const place = placeOf(parseRemoteUrl(url), { vcs, inner: undefined });
  const all = ['watch', 'annex-shell', 'poll'] as const;
  expect(all.filter((pinned) => isPossible(place, pinned, options))).toEqual(possible);
});

test.each(['h:d', '/srv/repo', 'https://host/repo', 'gcrypt::/srv/repo'])(
  '%s is watched by a command where there is one, and in no other way',
  (url) => {
    for (const vcs of [undefined, 'hg']) {
      const place = placeOf(parseRemoteUrl(url), { vcs, inner: undefined });
      const rungs = rungsOf(place, undefined, { ...options, notifyCommand: 'wait-for it' });
      expect(rungs).toEqual([{ kind: 'notify-command', command: 'wait-for it' }]);
    }
  },
);
