// Owns: what key files tell without a passphrase, and in which order keys are tried.
// Leaves: logging in with them (ssh2-connection.test.ts).
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Identity, orderLogins, readIdentities } from '../../../../src/workers/ssh/settings/identities.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeKeyPair } from '../../../support/ssh-keys.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

const blob = (publicKey: string): Buffer => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');

async function readOne(files: Readonly<Record<string, string>>): Promise<Identity | undefined> {
  const { directory } = makeScratch(onTestFinished);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text, { mode: 0o600 });
  const [identity] = await readIdentities([join(directory, 'key')]);
  return identity;
}

test.each(['ed25519', 'ecdsa', 'rsa'] as const)(
  'a key file of type %s tells its public half, encrypted or not',
  async (type) => {
    for (const passphrase of [undefined, 'secret']) {
      const key = makeKeyPair(type, passphrase);
      const identity = await readOne({ key: key.privateKey });
      expect(identity?.publicKey?.toString('hex')).toBe(blob(key.publicKey).toString('hex'));
      expect(identity?.isEncrypted).toBe(passphrase !== undefined);
    }
  },
);

test('a file beside it tells the public half of an older format, and that a certificate is there', async () => {
  const { publicKey } = makeKeyPair();
  const old =
    '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n';
  const identity = await readOne({ key: old, 'key.pub': `${publicKey} me@here\n`, 'key-cert.pub': 'x' });
  expect(identity).toMatchObject({ isEncrypted: true, hasCertificate: true, isSecurityKey: false });
  expect(identity?.publicKey).toEqual(blob(publicKey));
});

test('a public key alone names a key of the agent', async () => {
  const { publicKey } = makeKeyPair();
  for (const files of [{ key: publicKey }, { 'key.pub': publicKey }]) {
    const identity = await readOne(files);
    expect([identity?.publicKey, identity?.privateText]).toEqual([blob(publicKey), undefined]);
  }
});

test('what is missing, or no key at all, is passed over', async () => {
  expect(await readOne({})).toBeUndefined();
  for (const text of [
    '',
    'garbage',
    '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABA==\n-----END OPENSSH',
  ]) {
    expect((await readOne({ key: text }))?.isSecurityKey).toBe(false);
  }
});

test('a private key that others may read is not used, but names one of the agent', async () => {
  const { directory } = makeScratch(onTestFinished);
  const { privateKey, publicKey } = makeKeyPair();
  const path = join(directory, 'key');
  writeFileSync(path, privateKey, { mode: 0o600 });
  for (const [mode, isExposed] of [
    [0o600, false],
    [0o400, false],
    [0o640, true],
    [0o604, true],
    [0o610, true],
  ] as const) {
    chmodSync(path, mode);
    const [identity] = await readIdentities([path]);
    expect([mode, identity?.isExposed, identity?.privateText === undefined]).toEqual([mode, isExposed, isExposed]);
    expect(identity?.publicKey).toEqual(blob(publicKey));
  }
  chmodSync(path, 0o644);
  const identities = await readIdentities([path]);
  const rules = { identitiesOnly: false, passphrases: {}, keyRules: { accepted: undefined, leastRsaBits: 1024 } };
  expect(orderLogins(identities, [], rules)).toMatchObject({ fromFiles: [], locked: [{ path, why: 'exposed' }] });
  expect(orderLogins(identities, [blob(publicKey)], rules)).toMatchObject({ fromAgent: [blob(publicKey)], locked: [] });
});

test('keys are tried only as far as the settings allow their type and size', () => {
  const [ed25519, rsa] = [blob(makeKeyPair().publicKey), blob(makeKeyPair('rsa').publicKey)];
  const tried = (accepted: string | undefined, leastRsaBits = 1024): readonly Buffer[] =>
    orderLogins([], [ed25519, rsa], {
      identitiesOnly: false,
      passphrases: {},
      keyRules: { accepted: accepted?.split(','), leastRsaBits },
    }).fromAgent;
  expect(tried(undefined)).toEqual([ed25519, rsa]);
  expect(tried(undefined, 3072)).toEqual([ed25519]);
  expect(tried('ssh-ed25519')).toEqual([ed25519]);
  expect(tried('rsa-sha2-512')).toEqual([rsa]);
  expect(tried('ssh-ed25519-cert-v01@openssh.com')).toEqual([]);
});

describe.skipIf(lacksPeers('key files of ssh-keygen', 'ssh'))('a file that ssh-keygen wrote', () => {
  test.each(['PEM', 'RFC4716'])('in the format %s is read as encrypted', async (format) => {
    const { directory } = makeScratch(onTestFinished);
    const file = join(directory, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', format, '-N', 'secret', '-f', file]);
    const [identity] = await readIdentities([file, file]);
    expect([identity?.isEncrypted, identity?.publicKey]).toEqual([true, blob(readFileSync(`${file}.pub`, 'utf8'))]);
    expect(await readIdentities([file, file])).toHaveLength(1);
  });
});

describe('keys are tried', () => {
  const [a, b, c, d] = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c'), Buffer.from('d')];
  const file = (path: string, publicKey: Buffer, more: Partial<Identity> = {}): Identity => ({
    path,
    privateText: `text of ${path}`,
    publicKey,
    isEncrypted: false,
    isExposed: false,
    isSecurityKey: false,
    hasCertificate: false,
    ...more,
  });
  const keyRules = { accepted: undefined, leastRsaBits: 1024 };
  const order = (identities: readonly Identity[], agentKeys: readonly Buffer[], identitiesOnly = false) => {
    const login = orderLogins(identities, agentKeys, {
      identitiesOnly,
      passphrases: { '/known': 'secret' },
      keyRules,
    });
    const files = login.fromFiles.map(({ privateText }) => privateText);
    return [...login.fromAgent.map(String), ...files, ...login.locked.map(({ path, why }) => `${path}: ${why}`)];
  };

  test('as OpenSSH does: named ones in the agent, its others, then files', () => {
    expect(order([file('/b', b), file('/d', d), file('/a', a)], [a, b, c])).toEqual(['b', 'a', 'c', 'text of /d']);
  });

  test('without the agent’s others where IdentitiesOnly says so', () => {
    expect(order([file('/b', b), file('/d', d)], [a, b, c], true)).toEqual(['b', 'text of /d']);
  });

  test('only as far as they can be opened: locked ones and security keys are left out', () => {
    const encrypted = { isEncrypted: true };
    const files = [
      file('/known', a, encrypted),
      file('/locked', b, encrypted),
      file('/sk', c, { isSecurityKey: true }),
    ];
    expect(order(files, [])).toEqual(['text of /known', '/locked: no-passphrase']);
    expect(order([file('/locked', b, encrypted)], [b])).toEqual(['b']);
  });
});
