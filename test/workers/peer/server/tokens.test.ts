// Owns: which tokens let in, by what their files are and say.
// Leaves: who is let in by them (serving.test.ts).
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PeerAddress } from '../../../../src/shared/p2p/address.ts';
import { idOfToken } from '../../../../src/shared/system/token-id.ts';
import { createTokens } from '../../../../src/workers/peer/server/tokens.ts';
import { makeFifo } from '../../../support/odd-files.ts';
import { makeScratch } from '../../../support/temp-repo.ts';
import { token } from './house.ts';

const TOR: PeerAddress = { kind: 'tor', onion: `${'a'.repeat(16)}.onion`, port: 42 };
const NET: PeerAddress = { kind: 'p2p', network: 'net', address: 'me' };

function makeTokens() {
  const { directory } = makeScratch(onTestFinished);
  const creds = join(directory, 'annex/creds');
  mkdirSync(creds, { recursive: true });
  const logged: string[] = [];
  const tokens = createTokens(directory, (text) => logged.push(text));
  const write = (name: string, ...lines: string[]): void =>
    writeFileSync(join(creds, name), lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
  return { tokens, write, logged, file: join(creds, 'p2pauth') };
}

test('tokens of git-annex may write, ours may read, each at its own address', () => {
  const { tokens, write } = makeTokens();
  expect(tokens.find(token('a'), TOR)).toBeUndefined();
  write('p2pauth', token('a'), `${token('b')} p2p-annex::net:me`);
  write('p2pauth-read-only', `${token('c')} p2p-annex::net:me`);
  expect(tokens.find(token('a'), TOR)).toEqual({ tokenId: idOfToken(token('a')), rights: 'write' });
  expect(tokens.find(token('a'), NET)).toBeUndefined();
  expect(tokens.find(token('b'), NET)?.rights).toBe('write');
  expect(tokens.find(token('b'), { ...NET, address: 'another' })).toBeUndefined();
  expect(tokens.find(token('c'), NET)?.rights).toBe('read');
  const rightsOf = tokens.rightsNow();
  expect(rightsOf(idOfToken(token('c')), NET)).toBe('read');
  expect(rightsOf(idOfToken(token('c')), TOR)).toBeUndefined();
});

test('of a token in both files the lesser right counts', () => {
  const { tokens, write } = makeTokens();
  write('p2pauth', token('a'));
  write('p2pauth-read-only', token('a'));
  expect(tokens.find(token('a'), TOR)?.rights).toBe('read');
});

test('files are read anew whenever they have changed', () => {
  const { tokens, write } = makeTokens();
  write('p2pauth', token('a'));
  expect(tokens.find(token('a'), TOR)).toBeDefined();
  write('p2pauth', '', 'nonsense line here', token('b'));
  expect(tokens.find(token('a'), TOR)).toBeUndefined();
  expect(tokens.find(token('b'), TOR)).toBeDefined();
});

test('a file that others may write, a link and what is no file let nobody in, which is told once', () => {
  const { tokens, write, logged, file } = makeTokens();
  write('p2pauth', token('a'));
  chmodSync(file, 0o622);
  for (let time = 0; time < 3; time += 1) expect(tokens.find(token('a'), TOR)).toBeUndefined();
  expect(logged).toEqual([expect.stringContaining('p2pauth is not read: others may write it')]);
  chmodSync(file, 0o600);
  expect(tokens.find(token('a'), TOR)).toBeDefined();
  rmSync(file);
  writeFileSync(`${file}.real`, token('a'), { mode: 0o600 });
  symlinkSync(`${file}.real`, file);
  expect(tokens.find(token('a'), TOR)).toBeUndefined();
  expect(logged.at(-1)).toMatch(/p2pauth is not read: it is a symbolic link$/);
  makeFifo(file);
  expect(tokens.find(token('a'), TOR)).toBeUndefined();
});
