// Owns: that the files of tokens are private, and lose nothing of what others wrote there.
// Leaves: how their lines are read (test/shared/p2p/credentials.test.ts).
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { alone } from '../../../src/main/peers/alone.ts';
import { credentialsIn } from '../../../src/main/peers/credentials.ts';
import { newToken } from '../../../src/main/peers/new-token.ts';
import type { PeerAddress } from '../../../src/shared/p2p/address.ts';
import { parseToken, type Token } from '../../../src/shared/p2p/token.ts';
import { idOfToken } from '../../../src/shared/system/token-id.ts';
import { makePaired, type Paired, scratchHere } from './paired.ts';

const net: PeerAddress = { kind: 'p2p', network: 'net', address: 'me' };
const tor: PeerAddress = { kind: 'tor', onion: `${'a'.repeat(56)}.onion`, port: 4242 };

const token = (text: string): Token => {
  const read = parseToken(text);
  if (read === undefined) throw new Error(`${text} is no token`);
  return read;
};

const here = (): Promise<Paired> => makePaired(scratchHere(), 'here');

function put({ commonDir }: Paired, name: string, content: string | Uint8Array): string {
  const at = path.join(commonDir, 'annex/creds', name);
  fs.mkdirSync(path.dirname(at), { recursive: true });
  fs.writeFileSync(at, content);
  return at;
}

const modeOf = (at: string): string => (fs.statSync(at).mode & 0o777).toString(8);

function withUmask(mask: number): void {
  const before = process.umask(mask);
  onTestFinished(() => void process.umask(before));
}

describe('a new token', () => {
  test('is as long as those of git-annex, of its characters, and each another', () => {
    const tokens = Array.from({ length: 50 }, newToken);
    expect(tokens.every((each) => /^[a-z0-9]{128}$/.test(each))).toBe(true);
    expect(new Set(tokens).size).toBe(50);
    expect(new Set(tokens.join('')).size).toBe(36);
  });

  test('has an id that tells nothing of it', () => {
    expect(idOfToken(token('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223');
  });
});

describe('the files of tokens', () => {
  test.each([0o000, 0o022, 0o077])('are private, in a private directory, whatever the umask: %o', async (mask) => {
    const paired = await here();
    withUmask(mask);
    const credentials = credentialsIn(paired.commonDir);
    credentials.admit({ token: token('abc'), at: undefined, rights: 'write' });
    credentials.keepTokenAt(net, token('def'));
    const creds = path.join(paired.commonDir, 'annex/creds');
    expect(modeOf(creds)).toBe('700');
    expect(modeOf(path.dirname(creds))).toBe((0o777 & ~mask).toString(8));
    expect(fs.readdirSync(creds).map((name) => [name, modeOf(path.join(creds, name))])).toEqual([
      ['net%3Ame', '600'],
      ['p2pauth', '600'],
    ]);
  });

  test('keep those who may write and those who may only read apart, so that git-annex lets none of these in', async () => {
    const paired = await here();
    const credentials = credentialsIn(paired.commonDir);
    credentials.admit({ token: token('w1'), at: undefined, rights: 'write' });
    credentials.admit({ token: token('w2'), at: net, rights: 'write' });
    credentials.admit({ token: token('r1'), at: tor, rights: 'read' });
    expect(paired.creds('p2pauth')).toBe('w1\nw2 p2p-annex::net:me\n');
    expect(paired.creds('p2pauth-read-only')).toBe('r1\n');
    expect(credentials.admitted().map(({ token: each, rights }) => `${each} ${rights}`)).toEqual([
      'w1 write',
      'w2 write',
      'r1 read',
    ]);
  });

  test('keep what others wrote byte by byte, when a token comes and when it goes', async () => {
    const paired = await here();
    const odd = Buffer.from('# mine\r\n\xff\xfe not utf-8\n\nANNEX1\nannex2 p2p-annex::other:x\nno line end', 'latin1');
    put(paired, 'p2pauth', odd);
    const credentials = credentialsIn(paired.commonDir);
    credentials.admit({ token: token('mine'), at: net, rights: 'write' });
    const grown = `${odd.toString('latin1')}\nmine p2p-annex::net:me\n`;
    expect(paired.creds('p2pauth')).toBe(grown);
    expect(credentials.shutOut([idOfToken(token('mine'))])).toEqual([idOfToken(token('mine'))]);
    expect(paired.creds('p2pauth')).toBe(`${odd.toString('latin1')}\n`);
    // In capitals it is the same token.
    credentials.shutOut([idOfToken(token('annex1'))]);
    expect(paired.creds('p2pauth')).toBe(`${odd.toString('latin1').replace('ANNEX1\n', '')}\n`);
  });

  test('are left as they are where nobody is shut out', async () => {
    const paired = await here();
    const at = put(paired, 'p2pauth', 'abc\n');
    const before = fs.statSync(at).ino;
    expect(credentialsIn(paired.commonDir).shutOut([idOfToken(token('other'))])).toEqual([]);
    expect(fs.statSync(at).ino).toBe(before);
    expect(paired.creds('p2pauth-read-only')).toBeUndefined();
  });

  test('lose nothing where many change them at once', async () => {
    const paired = await here();
    const tokens = Array.from({ length: 12 }, newToken);
    await Promise.all(
      tokens.map((each) =>
        alone(paired.place.directory, async () => {
          const credentials = credentialsIn(paired.commonDir);
          credentials.admit({ token: each, at: undefined, rights: 'read' });
        }),
      ),
    );
    expect(paired.creds('p2pauth-read-only')?.split('\n').sort()).toEqual(['', ...tokens].sort());
  });

  test.each<[string, (at: string) => void]>([
    ['a symbolic link', (at) => fs.symlinkSync('/dev/null', at)],
    ['a directory', (at) => fs.mkdirSync(at)],
  ])('are refused where one is %s', async (what, make) => {
    const paired = await here();
    make(put(paired, 'other', '').replace('other', 'p2pauth'));
    const credentials = credentialsIn(paired.commonDir);
    expect(() => credentials.admit({ token: token('a'), at: undefined, rights: 'write' })).toThrow(
      `is ${what}: remove it`,
    );
    expect(() => credentials.admitted()).toThrow(`is ${what}: remove it`);
  });

  test('are refused where their directory is a link', async () => {
    const paired = await here();
    fs.mkdirSync(path.join(paired.commonDir, 'annex'));
    fs.symlinkSync(paired.repo.directory, path.join(paired.commonDir, 'annex/creds'));
    const credentials = credentialsIn(paired.commonDir);
    expect(() => credentials.admit({ token: token('a'), at: undefined, rights: 'write' })).toThrow('is no directory');
    expect(fs.readdirSync(paired.repo.directory)).toEqual(['.git']);
  });

  test.skipIf(process.geteuid?.() !== 0)("are refused where one is another account's", async () => {
    const paired = await here();
    const at = put(paired, 'p2pauth', 'abc\n');
    fs.chownSync(at, 12_345, 12_345);
    const credentials = credentialsIn(paired.commonDir);
    expect(() => credentials.admitted()).toThrow('belongs to another user (uid 12345)');
    expect(() => credentials.shutOut(['x'])).toThrow('belongs to another user');
    fs.chownSync(path.dirname(at), 12_345, 12_345);
    expect(() => credentials.keepTokenAt(net, token('a'))).toThrow('belongs to another user');
    expect(fs.readdirSync(path.dirname(at))).toEqual(['p2pauth']);
  });

  test('are not read where one is larger than any that there is', async () => {
    const paired = await here();
    put(paired, 'p2pauth', 'a'.repeat(2 ** 20 + 1));
    expect(() => credentialsIn(paired.commonDir).admitted()).toThrow('is too large');
  });
});

describe('the token for a peer', () => {
  test('is the first line of its file, which git-annex may have written', async () => {
    const paired = await here();
    put(paired, 'net%3Ame', 'ABC\nsomething else\n');
    expect(credentialsIn(paired.commonDir).tokenAt(net)).toBe('abc');
    expect(credentialsIn(paired.commonDir).tokenAt(tor)).toBeUndefined();
  });

  test('of a hidden service is kept under the names that old and new git-annex look for', async () => {
    const paired = await here();
    const credentials = credentialsIn(paired.commonDir);
    const takeBack = credentials.keepTokenAt(tor, token('abc'));
    expect([paired.creds(`${'a'.repeat(56)}%2Eonion`), paired.creds(tor.onion)]).toEqual(['abc', 'abc']);
    takeBack();
    expect([paired.creds(`${'a'.repeat(56)}%2Eonion`), paired.creds(tor.onion)]).toEqual([undefined, undefined]);
  });

  test('is as before once it is taken back, and gone once it is forgotten', async () => {
    const paired = await here();
    const credentials = credentialsIn(paired.commonDir);
    put(paired, 'net%3Ame', 'old\n\n');
    credentials.keepTokenAt(net, token('new'))();
    expect(paired.creds('net%3Ame')).toBe('old\n\n');
    expect([credentials.forgetTokenAt(net), credentials.forgetTokenAt(net)]).toEqual([true, false]);
    expect(paired.creds('net%3Ame')).toBeUndefined();
  });

  test('of an address too long for the name of a file is refused in words', async () => {
    const { commonDir } = await here();
    const long: PeerAddress = { ...net, address: '.'.repeat(100) };
    expect(() => credentialsIn(commonDir).keepTokenAt(long, token('a'))).toThrow('an address of net is too long');
  });
});
