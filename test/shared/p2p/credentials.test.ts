// Owns: that git-annex's files of tokens are read as it reads them, and how a token is found among them.
// Leaves: reading and changing the files (test/main/peers/credentials.test.ts).
import { describe, expect, test } from 'vitest';
import type { PeerAddress } from '../../../src/shared/p2p/address.ts';
import { admitted, formatToken, parseTokens, tokenFileOf } from '../../../src/shared/p2p/credentials.ts';
import { isSameToken, parseToken, type Token } from '../../../src/shared/p2p/token.ts';

const token = (text: string): Token => {
  const read = parseToken(text);
  if (read === undefined) throw new Error(`${text} is no token`);
  return read;
};
const net = (address: string): PeerAddress => ({ kind: 'p2p', network: 'net', address });
const tor: PeerAddress = { kind: 'tor', onion: `${'a'.repeat(56)}.onion`, port: 1 };

describe('a token', () => {
  test.each(['', ' ', 'a b', 'a-b', 'ä', 'a\n', '\u212a', 'a'.repeat(1025)])('%j is none', (text) => {
    expect(parseToken(text)).toBeUndefined();
  });

  test('is the same in capitals', () => {
    expect(parseToken('AbC9')).toBe('abc9');
  });

  test.each([
    ['abc', 'abc', true],
    ['abc', 'abd', false],
    ['abc', 'bbc', false],
    // Neither a beginning nor a repetition is enough.
    ['abc', 'ab', false],
    ['ab', 'abab', false],
    ['a', 'aaaa', false],
  ])('%s and %s: the same is %s', (known, given, is) => {
    expect(isSameToken(token(known), token(given))).toBe(is);
  });
});

describe('a file of tokens', () => {
  test('has those of tor alone, others with the address at which they are taken', () => {
    expect(parseTokens('tor1\nNET1 p2p-annex::net:addr\r\ntor2\r\ntor3 \n', 'write')).toEqual([
      { token: 'tor1', at: undefined, rights: 'write' },
      { token: 'net1', at: net('addr'), rights: 'write' },
      { token: 'tor2', at: undefined, rights: 'write' },
      { token: 'tor3', at: undefined, rights: 'write' },
    ]);
  });

  test.each([
    '',
    '\n\n',
    ' p2p-annex::net:a',
    '# a comment',
    'to/ken',
    'token p2p-annex::net:a b',
    'token elsewhere',
    '\u0000',
  ])('what is no token in %j is passed over: nobody gets in by it', (text) => {
    expect(parseTokens(text, 'write')).toEqual([]);
  });

  test.each([
    [undefined, 'abc'],
    [tor, 'abc'],
    [net('x:y'), 'abc p2p-annex::net:x:y'],
  ])('is written as it is read', (at, line) => {
    expect(formatToken({ token: token('abc'), at })).toBe(line);
  });
});

describe('who is let in', () => {
  const all = [
    ...parseTokens('tor1\nnet1 p2p-annex::net:one\nboth1', 'write'),
    ...parseTokens('read1\nread2 p2p-annex::net:one\nboth1', 'read'),
  ];
  test.each([
    ['tor1', undefined, 'write'],
    ['tor1', tor, 'write'],
    ['net1', net('one'), 'write'],
    ['read1', tor, 'read'],
    ['read2', net('one'), 'read'],
    // The lesser right counts.
    ['both1', tor, 'read'],
    ['net1', net('two'), undefined],
    ['net1', tor, undefined],
    ['tor1', net('one'), undefined],
    ['other', tor, undefined],
  ])('%s may %3$s', (given, at, rights) => {
    expect(admitted(all, token(given), at)?.rights).toBe(rights);
  });
});

describe('the file of the token for a peer', () => {
  test.each([
    [tor, `${'a'.repeat(56)}%2Eonion`],
    [net('abc'), 'net%3Aabc'],
    [net('joe@host.org/there'), 'net%3Ajoe%40host%2Eorg%2Fthere'],
    [net('../../x'), 'net%3A%2E%2E%2F%2E%2E%2Fx'],
    [net('a_b-c~%'), 'net%3Aa%5Fb%2Dc%7E%25'],
    // Haskell's isAlphaNum knows all scripts.
    [net('grün١€'), 'net%3Agrün١%E2%82%AC'],
  ])('is called as git-annex calls it', (address, name) => {
    expect(tokenFileOf(address)).toBe(name);
  });
});
