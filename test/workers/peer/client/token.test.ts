// Owns: where the token for a peer is found, and what is said where there is none.
// Leaves: what becomes of it (session.test.ts), and the names of files (test/shared/p2p).
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { PeerAddress } from '../../../../src/shared/p2p/address.ts';
import { readToken } from '../../../../src/workers/peer/client/token.ts';
import { makeScratch } from '../../../support/temp-repo.ts';
import { TOKEN } from '../scripted-peer.ts';

const tor: Extract<PeerAddress, { kind: 'tor' }> = { kind: 'tor', onion: `${'a'.repeat(56)}.onion`, port: 4242 };
const other: PeerAddress = { kind: 'p2p', network: 'hyper', address: 'ab/cd' };

function makeGitDir(): string {
  const gitDir = makeScratch(onTestFinished).directory;
  mkdirSync(join(gitDir, 'annex/creds'), { recursive: true });
  return gitDir;
}

test("the token is the first line of git-annex's file, read anew each time, and the variable beats it", () => {
  const gitDir = makeGitDir();
  const place = { gitDir, environment: {} };
  writeFileSync(join(gitDir, 'annex/creds', `${'a'.repeat(56)}%2Eonion`), `${TOKEN}\nmore\n`);
  writeFileSync(join(gitDir, 'annex/creds/hyper%3Aab%2Fcd'), TOKEN.toUpperCase());
  expect(readToken(tor, place)).toBe(TOKEN);
  expect(readToken(other, place)).toBe(TOKEN);
  writeFileSync(join(gitDir, 'annex/creds/hyper%3Aab%2Fcd'), 'another\r\n');
  expect(readToken(other, place)).toBe('another');
  expect(readToken(other, { gitDir, environment: { GIT_ANNEX_P2P_AUTHTOKEN: 'given' } })).toBe('given');
});

test('the token of a hidden service is found under the name that older versions of git-annex give it, too', () => {
  const gitDir = makeGitDir();
  writeFileSync(join(gitDir, 'annex/creds', tor.onion), TOKEN);
  expect(readToken(tor, { gitDir, environment: {} })).toBe(TOKEN);
});

test('where there is no token, or what is none, it is said what to do, and nothing of what is there', () => {
  const gitDir = makeGitDir();
  const place = { gitDir, environment: {} };
  const says = (what: RegExp) => expect.objectContaining({ code: 'auth-refused', detail: expect.stringMatching(what) });
  expect(() => readToken(tor, place)).toThrow(says(/no token for tor-annex::a+\.onion:4242.*peer accept/));
  const file = join(gitDir, 'annex/creds/hyper%3Aab%2Fcd');
  writeFileSync(file, 'not a secret, is it\n');
  expect(() => readToken(other, place)).toThrow(says(/holds no token/));
  expect(() => readToken(other, place)).not.toThrow(/is it/);
  writeFileSync(file, '');
  expect(() => readToken(other, place)).toThrow(says(/holds no token/));
  symlinkSync('/dev/zero', join(gitDir, 'annex/creds/hyper%3Azero'));
  expect(() => readToken({ ...other, address: 'zero' }, place)).toThrow(says(/plain file/));
  const environment = { GIT_ANNEX_P2P_AUTHTOKEN: '' };
  expect(() => readToken(other, { gitDir, environment })).toThrow(says(/GIT_ANNEX_P2P_AUTHTOKEN holds no token/));
});
