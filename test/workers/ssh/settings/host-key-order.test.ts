// Owns: in which order host keys are asked for, and whether ssh would be shown the same one, as tables.
// Leaves: the same held against OpenSSH (test/hostile/host-keys.differential.test.ts).
import { describe, expect, test } from 'vitest';
import { hostKeyOrder, knownFirst, sameKeyShown } from '../../../../src/workers/ssh/settings/host-key-order.ts';
import { readKnownHosts } from '../../../../src/workers/ssh/settings/known-hosts.ts';
import { keyType, plainTypeOf, rsaBits } from '../../../../src/workers/ssh/settings/public-key.ts';
import { makeKeyPair } from '../../../support/ssh-keys.ts';

const USUAL =
  'ssh-ed25519-cert-v01@openssh.com,rsa-sha2-512-cert-v01@openssh.com,ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512';
const usual = USUAL.split(',');
const [ed25519, ecdsa, rsa] = [makeKeyPair('ed25519'), makeKeyPair('ecdsa'), makeKeyPair('rsa')];
const known = (...lines: string[]) => readKnownHosts([lines.join('\n')], 'h', 2222).forOrder;

test('what is known with its port comes first, and all stays as it is where the best is known', () => {
  expect(knownFirst(usual, known())).toEqual(usual);
  expect(knownFirst(usual, known(`h ${rsa.publicKey}`))).toEqual(usual);
  expect(knownFirst(usual, known(`[h]:2222 ${ed25519.publicKey}`, `[h]:2222 ${rsa.publicKey}`))).toEqual(usual);
  expect(knownFirst(usual, known(`[h]:2222 ${rsa.publicKey}`))).toEqual([
    'rsa-sha2-512-cert-v01@openssh.com',
    'rsa-sha2-512',
    'ssh-ed25519-cert-v01@openssh.com',
    'ssh-ed25519',
    'ecdsa-sha2-nistp256',
  ]);
  expect(knownFirst(usual, known(`@cert-authority [h]:2222 ${rsa.publicKey}`, `[h]:2222 ${ecdsa.publicKey}`))).toEqual([
    'ssh-ed25519-cert-v01@openssh.com',
    'rsa-sha2-512-cert-v01@openssh.com',
    'ecdsa-sha2-nistp256',
    'ssh-ed25519',
    'rsa-sha2-512',
  ]);
});

test('a key that is revoked is not known', () => {
  const lines = [`[h]:2222 ${rsa.publicKey}`, `@revoked * ${rsa.publicKey}`];
  expect(knownFirst(usual, known(...lines))).toEqual(usual);
});

describe('the list of HostKeyAlgorithms', () => {
  const order = (listed: string, defaults: readonly string[] | undefined = usual) =>
    hostKeyOrder(listed.split(','), known(`[h]:2222 ${rsa.publicKey}`), async () => defaults);
  const first = knownFirst(usual, known(`[h]:2222 ${rsa.publicKey}`));

  test('is put in order where it is the usual one, or adds to it', async () => {
    expect(await order(USUAL)).toEqual(first);
    expect(await order(`${USUAL},ssh-rsa`)).toContain('ssh-rsa');
    expect((await order(`${USUAL},ssh-rsa`))?.[0]).toBe('rsa-sha2-512-cert-v01@openssh.com');
  });

  test('is kept where it is the user’s own', async () => {
    expect(await order('ecdsa-sha2-nistp256,ssh-ed25519,rsa-sha2-512')).toEqual([
      'ecdsa-sha2-nistp256',
      'ssh-ed25519',
      'rsa-sha2-512',
    ]);
  });

  test('cannot be told from a part of the usual one, but where that makes no difference', async () => {
    expect(await order('ssh-ed25519,rsa-sha2-512')).toBeUndefined();
    expect(await order('rsa-sha2-512')).toEqual(['rsa-sha2-512']);
    expect(await order(USUAL, [])).toEqual(first);
  });
});

test.each([
  ['the same', 'ssh-ed25519', ['rsa-sha2-512', 'ssh-ed25519'], false, true],
  ['another, which ssh2 does not speak', 'rsa-sha2-512', ['ssh-ed25519', 'rsa-sha2-512'], false, false],
  ['a certificate of it', 'ssh-ed25519', ['ssh-ed25519-cert-v01@openssh.com', 'ssh-ed25519'], false, true],
  [
    'a certificate, which may be revoked',
    'ssh-ed25519',
    ['ssh-ed25519-cert-v01@openssh.com', 'ssh-ed25519'],
    true,
    false,
  ],
  ['a certificate of another', 'ssh-ed25519', ['rsa-sha2-512-cert-v01@openssh.com', 'ssh-ed25519'], false, false],
] as const)('ssh would be shown %s', (_what, negotiated, offered, hasRevoked, same) => {
  expect(sameKeyShown(usual, offered, negotiated, hasRevoked)).toBe(same);
});

test('a raw key tells its type, and its length where it is of RSA; one that is cut short tells none', () => {
  const raw = ({ publicKey }: { publicKey: string }): Buffer => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64');
  expect([keyType(raw(rsa)), rsaBits(raw(rsa)), rsaBits(raw(ed25519))]).toEqual(['ssh-rsa', 2048, undefined]);
  expect([keyType(Buffer.alloc(0)), keyType(Buffer.from([0, 0, 0, 200, 1]))]).toEqual(['', '\u0001']);
  expect(rsaBits(raw(rsa).subarray(0, 20))).toBeUndefined();
  expect(
    ['rsa-sha2-256', 'sk-ssh-ed25519-cert-v01@openssh.com', 'ssh-rsa-cert-v01@openssh.com'].map(plainTypeOf),
  ).toEqual(['ssh-rsa', 'sk-ssh-ed25519@openssh.com', 'ssh-rsa']);
});
