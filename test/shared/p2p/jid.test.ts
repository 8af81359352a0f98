// Owns: which texts are JIDs, and what of them counts.
// Leaves: which of them may come (test/workers/peer/network/xmpp).
import { expect, test } from 'vitest';
import { formatJid, parseJid } from '../../../src/shared/p2p/jid.ts';
import { networkSettings } from '../../../src/shared/p2p/network-settings.ts';

test.each([
  ['joe@example.org', { bare: 'joe@example.org', local: 'joe', domain: 'example.org' }],
  ['Joe@Example.ORG/Home', { bare: 'joe@example.org', local: 'joe', domain: 'example.org', resource: 'Home' }],
  ['joe@[::1]', { bare: 'joe@[::1]', local: 'joe', domain: '[::1]' }],
  ['joe@host/a/b@c', { bare: 'joe@host', local: 'joe', domain: 'host', resource: 'a/b@c' }],
])('%s is one, of which case does not count but in the resource', (text, jid) => {
  expect(parseJid(text)).toEqual(jid);
});

test.each([
  '',
  'host',
  '@host',
  'joe@',
  'j oe@host',
  'joe@host/',
  'joe@ho"st',
  'a@b@c',
  'joe@host/a\nb',
  `${'x'.repeat(4000)}@h`,
])('%j is none', (text) => {
  expect(parseJid(text)).toBeUndefined();
});

test('one that was read is told as it is compared', () => {
  expect(['Joe@Host', 'joe@host/X'].map((text) => formatJid(parseJid(text) ?? expect.fail()))).toEqual([
    'joe@host',
    'joe@host/X',
  ]);
});

test('friends and the account of the config are accounts, and a bad one is complained of', () => {
  const config: Record<string, string[]> = {
    'remotedaemon.xmppFriend': ['gone@host', '', 'Ann@host', 'ann@host/phone', 'nobody'],
    'remotedaemon.xmppAccount': ['me@host'],
  };
  const complaints: string[] = [];
  const settings = networkSettings(
    (key) => config[key] ?? [],
    (why) => complaints.push(why),
  );
  expect(settings).toEqual({ xmppAccount: 'me@host', xmppFriends: ['ann@host'] });
  expect(complaints).toEqual([expect.stringContaining('remotedaemon.xmppFriend is "nobody"')]);
});
