// Owns: that addresses and invitations are read and written as git-annex does, and that nothing odd passes for one.
// Leaves: what git-annex itself prints (test/main/commands/peer-annex.test.ts).
import { describe, expect, test } from 'vitest';
import {
  formatInvitation,
  formatPeerUrl,
  networkOf,
  parseInvitation,
  parsePeerUrl,
} from '../../../src/shared/p2p/address.ts';

const ONION = `${'a2'.repeat(28)}.onion`;
const KEY = 'a9'.repeat(32);
const HASHNAME = 'a2'.repeat(26);
const TOKEN = 'ab12'.repeat(32);

describe('the address of a peer', () => {
  test.each([
    [`tor-annex::${ONION}:4242`, { kind: 'tor', onion: ONION, port: 4242 }],
    [`tor-annex::${'b'.repeat(16)}.onion:1`, { kind: 'tor', onion: `${'b'.repeat(16)}.onion`, port: 1 }],
    ['p2p-annex::iroh:abc', { kind: 'p2p', network: 'iroh', address: 'abc' }],
    ['p2p-annex::xmpp:joe@host', { kind: 'p2p', network: 'xmpp', address: 'joe@host' }],
    [`p2p-annex::hyper:${KEY}`, { kind: 'p2p', network: 'hyper', address: KEY }],
    [`p2p-annex::telehash:${HASHNAME}`, { kind: 'p2p', network: 'telehash', address: HASHNAME }],
    // Only the first colon divides.
    ['p2p-annex::net:[::1]:80', { kind: 'p2p', network: 'net', address: '[::1]:80' }],
  ])('%s is read, and written back the same', (url, address) => {
    expect(parsePeerUrl(url)).toEqual(address);
    expect(formatPeerUrl(address as never)).toBe(url);
  });

  test('an onion address in capitals is the same', () => {
    expect(parsePeerUrl(`tor-annex::${ONION.toUpperCase()}:80`)).toEqual({ kind: 'tor', onion: ONION, port: 80 });
  });

  test.each([
    ['', 'begins with tor-annex:: or p2p-annex::'],
    ['ssh://host/path', 'begins with'],
    ['tor-annex:x', 'begins with'],
    ['TOR-ANNEX::x', 'begins with'],
    ['tor-annex::', 'no onion address'],
    ['tor-annex::example.org:80', 'no onion address'],
    [`tor-annex::-${ONION}:80`, 'no onion address'],
    [`tor-annex::${ONION}`, 'no port'],
    [`tor-annex::${ONION}:0`, 'no port'],
    [`tor-annex::${ONION}:65536`, 'no port'],
    [`tor-annex::${ONION}:80:80`, 'no port'],
    [`tor-annex::${ONION}: 80`, 'no port'],
    ['p2p-annex::', 'no name of a network'],
    ['p2p-annex::../../sh:x', 'no name of a network'],
    ['p2p-annex::a/b:x', 'no name of a network'],
    ['p2p-annex::tor:x', 'no name of a network'],
    ['p2p-annex::A:x', 'no name of a network'],
    ['p2p-annex::-a:x', 'no name of a network'],
    [`p2p-annex::${'a'.repeat(65)}:x`, 'no name of a network'],
    ['p2p-annex::net', 'no address of that network'],
    ['p2p-annex::net:', 'no address of that network'],
    [`p2p-annex::hyper:${KEY}0`, 'an address of hyper is 64 hex digits'],
    [`p2p-annex::hyper:${KEY.toUpperCase()}`, 'an address of hyper is 64 hex digits'],
    ['p2p-annex::xmpp:joe@host/a/b', 'an address of xmpp is an account'],
    ['p2p-annex::xmpp:host', 'an address of xmpp is an account'],
    [`p2p-annex::telehash:${KEY}`, 'an address of telehash is a hashname'],
    ['p2p-annex::net:address', 'no address of that network'],
    ['p2p-annex::net:--version', 'no address of that network'],
    ['p2p-annex::net:a b', 'no address of that network'],
    ['p2p-annex::net:a\nb', 'no address of that network'],
    ['p2p-annex::net:a\u0000', 'no address of that network'],
    ['p2p-annex::net:a\u0085b', 'no address of that network'],
    [`p2p-annex::net:${'a'.repeat(1025)}`, 'no address of that network'],
  ])('%j is none, and which part of it is said', (url, why) => {
    expect(parsePeerUrl(url)).toEqual({ why: expect.stringContaining(why) });
  });

  test('says which network it is of', () => {
    expect(networkOf({ kind: 'tor', onion: ONION, port: 1 })).toBe('tor');
    expect(networkOf({ kind: 'p2p', network: 'iroh', address: 'x' })).toBe('iroh');
  });
});

describe('an invitation', () => {
  test.each([`tor-annex::${ONION}:4242:${TOKEN}`, `p2p-annex::net:a:b:${TOKEN}`])(
    '%s is an address and a token',
    (text) => {
      const read = parseInvitation(text);
      if ('why' in read) throw new Error(read.why);
      expect(read.token).toBe(TOKEN);
      expect(formatInvitation(read)).toBe(text);
    },
  );

  test('may stand among white space, and have capitals in its token', () => {
    const read = parseInvitation(`  p2p-annex::net:Addr:${TOKEN.toUpperCase()}\r\n`);
    expect(read).toEqual({ address: { kind: 'p2p', network: 'net', address: 'Addr' }, token: TOKEN });
  });

  test.each([
    ['', 'token'],
    [TOKEN, 'token'],
    [`p2p-annex::net:a:`, 'token'],
    [`p2p-annex::net:a:to ken`, 'token'],
    [`p2p-annex::net:a:tokén`, 'token'],
    // Without a token the port is taken for one, and the port is what is missing.
    [`tor-annex::${ONION}:4242`, 'port'],
    [`ssh://host/path:${TOKEN}`, 'begins with'],
    [`p2p-annex::net:${TOKEN}`, 'no address of that network'],
  ])('%j is none; which part is wrong is said, and nothing of the secret', (text, why) => {
    const read = parseInvitation(text);
    expect(read).toEqual({ why: expect.stringContaining(why) });
    expect(JSON.stringify(read)).not.toContain(TOKEN.slice(0, 8));
  });
});
