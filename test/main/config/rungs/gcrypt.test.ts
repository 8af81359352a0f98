// Owns: which gcrypt remotes are watched in the repository behind them, and where that is.
// Leaves: watching and fetching one (test/end-to-end/poll.test.ts).
import { expect, test } from 'vitest';
import { readRemotes } from '../../../../src/main/config/remotes.ts';
import { configOf } from '../read-config.ts';

function remoteOf(url: string, ...keys: readonly string[]) {
  const own = [`url=${url}`, 'fetch=+refs/heads/*:refs/remotes/o/*', ...keys].map((key) => `remote.o.${key}`);
  const options = { bare: false, env: {}, pollMs: 7_000, fetchMode: 'fetch' as const };
  const { remotes, warnings } = readRemotes(configOf(...own, 'url.ssh://git@inner/.insteadOf=team:'), options);
  const [remote] = remotes;
  return { remote: remote ?? expect.fail('no remote'), warnings };
}

test.each([
  ['gcrypt::ssh://me@host:22/d', { host: 'host', user: 'me', port: 22, path: '/d' }],
  ['gcrypt::host:d#branch', { host: 'host', path: 'd' }],
  ['gcrypt::team:d', { host: 'inner', user: 'git', path: '/d' }],
])('%s is watched over ssh where git-annex knows of a shell, and polled only through the helper', (url, place) => {
  const { remote } = remoteOf(url, 'annex-gcrypt=shell', 'annex-ssh-options=-4');
  expect(remote.rungs).toMatchObject([
    { kind: 'server-watch', target: place, by: 'inotifywait', behindHelper: true },
    { kind: 'annex-shell', target: place },
    { kind: 'server-watch', target: place, by: 'looking', behindHelper: true },
    { kind: 'poll' },
  ]);
  expect(remote.rungs[3]).not.toHaveProperty('target');
  expect(remote).toMatchObject({ url, sshCommand: { options: ['-4'] } });
});

test.each([
  ['gcrypt::ssh://host/d', 'annex-gcrypt=true'],
  ['gcrypt::ssh://host/d', 'annex-cost=1'],
  ['gcrypt::rsync://host/d', 'annex-gcrypt=shell'],
  ['gcrypt::/srv/d', 'annex-gcrypt=shell'],
  ['other::ssh://host/d', 'annex-gcrypt=shell'],
])('%s with %s is polled', (url, key) => {
  expect(remoteOf(url, key).remote.rungs).toMatchObject([{ kind: 'poll' }]);
});

test('only a fetch can tell whether all is here, as what is listed behind the helper is encrypted', () => {
  expect(remoteOf('gcrypt::ssh://host/d', 'annex-gcrypt=shell').remote.comparison).toBeUndefined();
  expect(remoteOf('gcrypt::ssh://host/d').remote.comparison).toBeDefined();
});

test('remotedaemonNotify pins its rung, where it can be watched at all', () => {
  const kinds = (...keys: readonly string[]) =>
    remoteOf('gcrypt::ssh://host/d', ...keys).remote.rungs.map(({ kind }) => kind);
  expect(kinds('annex-gcrypt=shell', 'remotedaemonNotify=watch')).toEqual(['server-watch']);
  expect(kinds('annex-gcrypt=shell', 'remotedaemonNotify=poll')).toEqual(['poll']);
  const { remote, warnings } = remoteOf('gcrypt::ssh://host/d', 'remotedaemonNotify=watch');
  expect(remote.rungs).toMatchObject([{ kind: 'poll' }]);
  expect(warnings).toEqual([expect.stringContaining('which a remote with such a URL cannot have')]);
});
