// Owns: what known_hosts lines mean, held against OpenSSH itself where it is there.
// Leaves: the host key check during a login (ssh2-connection.test.ts).
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readKnownHosts } from '../../../../src/workers/ssh/settings/known-hosts.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeKeyPair } from '../../../support/ssh-keys.ts';
import { startSshPeer } from '../../../support/ssh-peer.ts';
import { makeScratch, type Scratch } from '../../../support/temp-repo.ts';

const [ours, other, rsa] = [makeKeyPair('ed25519'), makeKeyPair('ed25519'), makeKeyPair('rsa')];
const raw = ({ publicKey }: { publicKey: string }): Buffer => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
const judge = (text: string, host = 'example.org', port = 22): string =>
  readKnownHosts([text], host, port).judge(raw(ours));

describe('a line of known_hosts', () => {
  test.each([
    ['names the host', `example.org ${ours.publicKey}`, 'known'],
    ['has a comment and other hosts', `a.org,example.org,10.0.0.1 ${ours.publicKey} me@here`, 'known'],
    ['is indented and parted by tabs', `\t example.org\t${ours.publicKey}`, 'known'],
    ['is in capitals', `Example.ORG ${ours.publicKey}`, 'known'],
    ['ends in CR', `example.org ${ours.publicKey}\r`, 'known'],
    ['has a star', `*.org ${ours.publicKey}`, 'known'],
    ['has question marks', `exampl?.or? ${ours.publicKey}`, 'known'],
    ['has stars that would take a backtracking matcher for ever', `${'*a'.repeat(40)} ${ours.publicKey}`, 'unknown'],
    ['takes the host out again', `*.org,!example.org ${ours.publicKey}`, 'unknown'],
    ['only negates others', `*,!evil.org ${ours.publicKey}`, 'known'],
    ['names another host', `example.com ${ours.publicKey}`, 'unknown'],
    ['names it with another port', `[example.org]:2222 ${ours.publicKey}`, 'unknown'],
    ['holds another key of the type', `example.org ${other.publicKey}`, 'changed'],
    ['holds a key of another type only', `example.org ${rsa.publicKey}`, 'changed'],
    ['is revoked', `@revoked * ${ours.publicKey}`, 'revoked'],
    ['revokes another key', `@revoked * ${other.publicKey}\nexample.org ${ours.publicKey}`, 'known'],
    [
      'is known, and revoked by a type that only some versions of ssh read',
      `example.org ${ours.publicKey}\n@revoked example.org ${ours.publicKey.replace('ssh-ed25519', 'ED25519')}`,
      'needs-program',
    ],
    ['is revoked and known', `example.org ${ours.publicKey}\n@revoked example.org ${ours.publicKey}`, 'revoked'],
    ['is of an authority', `@cert-authority *.org ${other.publicKey}`, 'needs-program'],
    ['is of an authority, and another knows it', `@cert-authority * ${other.publicKey}\n* ${ours.publicKey}`, 'known'],
    ['is of an authority elsewhere', `@cert-authority *.com ${other.publicKey}`, 'unknown'],
    ['has a marker nobody knows', `@strange example.org ${ours.publicKey}`, 'unknown'],
    ['is a comment', `# example.org ${ours.publicKey}`, 'unknown'],
    ['is cut short', 'example.org ssh-ed25519', 'unknown'],
    ['is no base64 of a key', 'example.org ssh-ed25519 AAAA', 'unknown'],
    ['is of the ssh 1 protocol', 'example.org 1024 35 123456', 'unknown'],
    ['is revoked after a tab', `@revoked\t* ${ours.publicKey}\nexample.org ${ours.publicKey}`, 'revoked'],
    ['has two markers', `@revoked @revoked * ${ours.publicKey}\nexample.org ${ours.publicKey}`, 'known'],
    ['has a key in another base64', `example.org ${ours.publicKey.replace(/=*$/, '-')}`, 'unknown'],
    ['has a key of which something is missing', `example.org ${ours.publicKey.slice(0, -4)}`, 'unknown'],
    ['is in other white space', `example.org\u00a0${ours.publicKey}`, 'unknown'],
    ['ends before the name does', `example\0.org,example.org ${ours.publicKey}`, 'unknown'],
    ['has a pattern of more than ssh reads', `${'*'.repeat(1100)},example.org ${ours.publicKey}`, 'unknown'],
    ['claims another type than the key has', `example.org ${ours.publicKey.replace('ed25519', 'rsa')}`, 'unknown'],
    ['has a broken hash', `|1|!!!|??? ${ours.publicKey}`, 'unknown'],
    ['has a hash of a future kind', `|2|YQ==|YQ== ${ours.publicKey}`, 'unknown'],
    [
      'is one of two, the other key being listed as well',
      `example.org ${other.publicKey}\nexample.org ${ours.publicKey}`,
      'known',
    ],
  ])('that %s', (_what, text, verdict) => {
    expect(judge(text)).toBe(verdict);
  });

  test('names a host on another port in brackets, and a line without the port is good as well', () => {
    expect(judge(`[example.org]:2222 ${ours.publicKey}`, 'example.org', 2222)).toBe('known');
    expect(judge(`example.org ${ours.publicKey}`, 'example.org', 2222)).toBe('known');
    expect(judge(`[example.org]:2222 ${other.publicKey}`, 'example.org', 2222)).toBe('changed');
    // That the host has another key on another port says nothing about this one.
    expect(judge(`example.org ${other.publicKey}`, 'example.org', 2222)).toBe('unknown');
  });

  test('names an IPv6 address bare, or in brackets with its port', () => {
    expect(judge(`::1 ${ours.publicKey}`, '::1')).toBe('known');
    expect(judge(`[::1]:2222 ${ours.publicKey}`, '::1', 2222)).toBe('known');
  });
});

test('files add up: a key that one of them lists is known, one that any revokes is not', () => {
  const [known, different] = [`h ${ours.publicKey}`, `h ${other.publicKey}`];
  expect(readKnownHosts([different, known], 'h', 22).judge(raw(ours))).toBe('known');
  expect(readKnownHosts([known, `@revoked h ${ours.publicKey}`], 'h', 22).judge(raw(ours))).toBe('revoked');
  expect(readKnownHosts([], 'h', 22).judge(raw(ours))).toBe('unknown');
});

describe('the name without the port', () => {
  const at2222 = (lines: readonly string[]): string => judge(lines.join('\n'), 'example.org', 2222);
  const [own, plain] = [`[example.org]:2222`, `example.org ${ours.publicKey}`];

  test.each([
    ['holds another key of the type', [`${own} ${other.publicKey}`, plain], 'changed'],
    ['holds a key of another type', [`${own} ${rsa.publicKey}`, plain], 'changed'],
    ['is a pattern that holds another key', [`[*.org]:* ${other.publicKey}`, plain], 'changed'],
    ['is only of an authority', [`@cert-authority ${own} ${other.publicKey}`, plain], 'needs-program'],
    ['only revokes another', [`@revoked ${own} ${other.publicKey}`, plain], 'known'],
    ['revokes this one', [`@revoked ${own} ${ours.publicKey}`, plain], 'revoked'],
    ['is not there, and the plain name revokes this one', [plain, `@revoked * ${ours.publicKey}`], 'revoked'],
    [
      'knows it, whatever is revoked for the plain name',
      [`${own} ${ours.publicKey}`, `@revoked example.org ${ours.publicKey}`],
      'known',
    ],
    ['is broken', [`${own} ssh-ed25519 AAAA`, plain], 'known'],
    [
      'has a short type, which only some versions read',
      [`${own} ${other.publicKey.replace('ssh-ed25519', 'ED25519')}`, plain],
      'needs-program',
    ],
    ['has a type that is not known here', [`${own} ssh-new ${base64Of('ssh-new')}`, plain], 'changed'],
  ])('counts or not where the line with the port %s', (_what, lines, verdict) => {
    expect(at2222(lines)).toBe(verdict);
    expect(at2222(lines.toReversed())).toBe(verdict);
  });
});

test('an alias stands alone, whatever the port', () => {
  expect(judge(`alias ${ours.publicKey}`, 'alias', 22)).toBe('known');
  expect(judge(`[alias]:2222 ${ours.publicKey}`, 'alias', 22)).toBe('unknown');
});

test('with CheckHostIP the address must not be known with another key', () => {
  const judgeAt = (text: string, port: number): string =>
    readKnownHosts([text], 'h', port).judge(raw(ours), { address: '10.0.0.1', port });
  for (const [port, host, address] of [
    [22, 'h', '10.0.0.1'],
    [2222, '[h]:2222', '[10.0.0.1]:2222'],
    [2222, 'h', '10.0.0.1'],
    [2222, 'h', '[10.0.0.1]:2222'],
  ] as const) {
    const known = `${host} ${ours.publicKey}\n`;
    expect(judgeAt(known, port)).toBe('known');
    expect(judgeAt(`${known}${address} ${ours.publicKey}`, port)).toBe('known');
    expect(judgeAt(`${known}${address} ${other.publicKey}`, port)).toBe('address-changed');
    expect(judgeAt(`${address} ${ours.publicKey}`, port)).toBe('unknown');
  }
  expect(judgeAt(`[h]:2222 ${ours.publicKey}\n10.0.0.1 ${other.publicKey}`, 2222)).toBe('known');
});

function base64Of(type: string): string {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.alloc(4)]).toString('base64');
}

describe.skipIf(lacksPeers('known_hosts against OpenSSH', 'ssh'))('OpenSSH agrees', () => {
  test('on names that ssh-keygen has hashed', () => {
    const { directory } = makeScratch(onTestFinished);
    const file = join(directory, 'known_hosts');
    writeFileSync(file, `example.org ${ours.publicKey}\n[example.org]:2222 ${other.publicKey}\n`);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain('example.org');
    expect(judge(text)).toBe('known');
    expect(judge(text, 'example.com')).toBe('unknown');
    expect(readKnownHosts([text], 'example.org', 2222).judge(raw(other))).toBe('known');
  });

  test.each([
    ['the host with its port', (host: string) => `${host} ${ours.publicKey}`],
    ['the host without it', () => `127.0.0.1 ${ours.publicKey}`],
    ['another key', (host: string) => `${host} ${other.publicKey}`],
    ['a key of another type', (host: string) => `${host} ${rsa.publicKey}`],
    ['both keys', (host: string) => `${host} ${other.publicKey}\n${host} ${ours.publicKey}`],
    ['another key without the port', () => `127.0.0.1 ${other.publicKey}`],
    ['a pattern', () => `[127.0.0.*]:* ${ours.publicKey}`],
    ['a negated pattern', (host: string) => `*,!${host} ${ours.publicKey}`],
    ['a revoked key', (host: string) => `${host} ${ours.publicKey}\n@revoked * ${ours.publicKey}`],
    ['nothing', () => ''],
  ])('on a file that holds %s', async (_what, lines) => {
    const scratch = makeScratch(onTestFinished);
    const login = makeKeyPair();
    const peer = await startSshPeer(onTestFinished, {
      env: scratch.env,
      authorizedKeys: [login.publicKey],
      hostKeys: [ours],
    });
    const text = `${lines(`[127.0.0.1]:${peer.port}`)}\n`;
    const verdict = readKnownHosts([text], '127.0.0.1', peer.port).judge(raw(ours));
    expect(await opensshVerdict(scratch, peer.port, text)).toBe(verdict);
  });
});

/** What the ssh program says of a server; that it has no key to log in with does not matter here. */
async function opensshVerdict(scratch: Scratch, port: number, text: string): Promise<string> {
  const file = join(scratch.directory, 'known');
  writeFileSync(file, text);
  const options = {
    UserKnownHostsFile: file,
    GlobalKnownHostsFile: '/dev/null',
    BatchMode: 'yes',
    IdentityFile: 'none',
  };
  const args = Object.entries(options).map(([name, value]) => `-o${name}=${value}`);
  const child = spawn('ssh', ['-F', 'none', ...args, '-p', String(port), '127.0.0.1', 'true'], { env: scratch.env });
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  await new Promise((resolve) => child.once('close', resolve));
  const said = Buffer.concat(stderr).toString('utf8');
  if (said.includes('IDENTIFICATION HAS CHANGED')) return 'changed';
  if (said.includes('revoked')) return 'revoked';
  if (said.includes('Permission denied')) return 'known';
  return said.includes('verification failed') ? 'unknown' : said;
}
