// Owns: what key files tell without a passphrase, and in which order keys are tried.
// Leaves: logging in with them (ssh2-connection.test.ts).
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Identity, orderLogins, readIdentities } from '../../../../src/workers/ssh/settings/identities.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { makeKeyPair } from '../../../support/ssh-keys.ts';
import { makeScratch } from '../../../support/temp-repo.ts';

const blob = (publicKey: string): Buffer => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');

async function readOne(files: Readonly<Record<string, string>>): Promise<Identity | undefined> {
  const { directory } = makeScratch(onTestFinished);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
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
    isSecurityKey: false,
    hasCertificate: false,
    ...more,
  });
  const order = (identities: readonly Identity[], agentKeys: readonly Buffer[], identitiesOnly = false) => {
    const login = orderLogins(identities, agentKeys, { identitiesOnly, passphrases: { '/known': 'secret' } });
    return [...login.fromAgent.map(String), ...login.fromFiles.map(({ privateText }) => privateText), ...login.locked];
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
    expect(order(files, [])).toEqual(['text of /known', '/locked']);
    expect(order([file('/locked', b, encrypted)], [b])).toEqual(['b']);
  });
});
