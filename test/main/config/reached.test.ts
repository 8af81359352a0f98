import { expect, test } from 'vitest';
import { isReachedOtherwise } from '../../../src/main/config/networks.ts';
import { readRemotes } from '../../../src/main/config/remotes.ts';
import { parseSecrets } from '../../../src/main/config/secrets.ts';
import { readSettings } from '../../../src/main/config/settings.ts';
import { configOf } from './read-config.ts';

/** What the config and secrets.ini say, of remotes over the two networks and one over ssh. */
function read(entry: string, password: string) {
  const urls = {
    hyper: `p2p-annex::hyper:${'a'.repeat(64)}`,
    xmpp: 'p2p-annex::xmpp:ben@peers.test',
    ssh: 'ssh://h/d',
  };
  const remotes = Object.entries(urls).flatMap(([name, url]) => [
    `remote.${name}.url=${url}`,
    `remote.${name}.fetch=+refs/heads/*:refs/remotes/${name}/*`,
  ]);
  const config = configOf(...remotes, ...(entry ? [entry] : []));
  const result = readSettings(config);
  if (result.kind !== 'ok') throw new Error('such settings are right');
  const { settings } = result;
  const text = `[xmpp "ann@peers.test"]\npassword = ${password}\n`;
  const options = { bare: false, env: {}, pollMs: 60_000, fetchMode: 'fetch' as const };
  return {
    settings,
    secrets: parseSecrets(text, 'secrets.ini', '/home').sections,
    remotes: readRemotes(config, options).remotes,
  };
}

test.each<[string, string, readonly string[]]>([
  ['', 'one', []],
  ['remotedaemon.hyperBootstrap=127.0.0.1:9', 'one', ['hyper']],
  ['remotedaemon.xmppAccount=ann@peers.test', 'one', ['xmpp']],
  ['', 'another', ['xmpp']],
  ['remotedaemon.xmppFriend=joe@peers.test', 'one', []],
  ['remotedaemon.telehashListen=127.0.0.1:9', 'one', []],
  ['remotedaemon.torProxy=127.0.0.1:9', 'one', []],
])('after %j and the password %j links are made anew to: %j', (entry, password, renewed) => {
  const [before, after] = [read('', 'one'), read(entry, password)];
  const changed = after.remotes.filter((remote) => isReachedOtherwise(remote, before, after));
  expect(changed.map(({ name }) => String(name))).toEqual(renewed);
});
