// Owns: on which networks something runs by the config, and which remotes others may have, too.
// Leaves: reading the config (settings.test.ts, remotes.test.ts), and running it (test/main/serve).
import { expect, test } from 'vitest';
import { networksOf, sharedAmong, withPeersAsFriends } from '../../../src/main/config/networks.ts';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { readSettings } from '../../../src/main/config/settings.ts';
import { configOf } from './read-config.ts';

function read(accounts: readonly string[], ...entries: string[]) {
  const config = configOf(...entries);
  const result = readSettings(config);
  if (result.kind === 'bad') throw new Error(result.why);
  const { remotes } = readRemotes(config, { bare: false, env: {}, pollMs: 7_000, fetchMode: 'fetch' });
  const xmpp = Object.fromEntries(accounts.map((account) => [account, { password: 'x' }]));
  return { settings: result.settings, remotes, secrets: { passphrases: {}, networks: { xmpp } } };
}

const ANN = ['remote.ann.url=p2p-annex::xmpp:Ann@host/x', 'remote.ann.fetch=+refs/heads/*:refs/remotes/ann/*'];
const FRIEND = 'remotedaemon.xmppFriend=ben@host';

test.each<[string, Parameters<typeof read>, string[]]>([
  ['without an account', [[], FRIEND, ...ANN], []],
  ['with an account, and nobody to hear', [['me@host']], []],
  ['with a friend', [['me@host'], FRIEND], ['xmpp news']],
  ['with a remote', [['me@host'], ...ANN], ['xmpp news']],
  [
    'where it is served',
    [['me@host'], FRIEND, 'remotedaemon.serve=xmpp', 'remotedaemon.serve=tor'],
    ['xmpp served news', 'tor served'],
  ],
  ['where it is served without an account, which is told', [[], 'remotedaemon.serve=xmpp'], ['xmpp served news']],
])('news come %s as is right', (_, config, networks) => {
  const shown = networksOf(read(...config)).map(({ name, isServed, news }) => [
    name,
    isServed && 'served',
    news && 'news',
  ]);
  expect(shown.map((words) => words.filter(Boolean).join(' '))).toEqual(networks);
});

test('whoever is a remote is heard', () => {
  expect(withPeersAsFriends(read([], FRIEND, ...ANN)).xmppFriends).toEqual(['ben@host', 'ann@host']);
  expect(withPeersAsFriends(read([]))).toEqual({});
});

test('remotes that others may have are those with a uuid, each with where its refs are kept', () => {
  const { remotes } = read(
    [],
    ...ANN,
    ...['remote.o.url=https://host/r', 'remote.o.fetch=+refs/heads/*:refs/remotes/o/*', 'remote.o.fetch=^refs/heads/x'],
    ...['remote.o.annex-uuid=u-1', 'remote.o.remotedaemonUuid=u-2', 'remote.o.remotedaemonUuid=no word'],
  );
  expect(sharedAmong(remotes)).toEqual([
    { uuids: ['u-1', 'u-2'], keptBelow: ['refs/remotes/o/', 'refs/prefetch/remotes/o/'] },
  ]);
});
