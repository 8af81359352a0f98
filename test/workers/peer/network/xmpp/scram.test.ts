// Owns: the step of SCRAM-SHA-1 that Node does: its outcome, that the library goes on from there, and its bounds.
// Leaves: logins at a real server (xmpp.test.ts).
import { client } from '@xmpp/client';
import { expect, test } from 'vitest';
import { MOST_ROUNDS, saltPassword, useQuickScram } from '../../../../../src/workers/peer/network/xmpp/scram.ts';

const SALT = 'QSXCR+Q6sek8bf92';
const CREDENTIALS = { username: 'user', password: 'pencil' };

/** Of a client, after the server has asked for so many rounds. */
async function challenged(rounds: number | string, isQuick: boolean) {
  const { saslFactory } = client({
    domain: 'host',
    service: 'xmpps://localhost',
    resource: 'r',
    timeout: 1_000,
    credentials: async () => undefined,
  });
  if (isQuick) useQuickScram(saslFactory);
  const mechanism = saslFactory.create(['SCRAM-SHA-1']) ?? expect.fail();
  // RFC 5802, 5.
  Reflect.set(mechanism, '_genNonce', () => 'fyko+d2lbbFgONRv9qkxdawL');
  expect(await mechanism.response(CREDENTIALS)).toBe('n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL');
  const challenge = `r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=${SALT},i=${rounds}`;
  Reflect.get(mechanism, 'challenge').call(mechanism, challenge);
  return mechanism;
}

test('what a password comes to is what RFC 5802 has', async () => {
  const salted = await saltPassword('pencil', Buffer.from(SALT, 'base64'), 4096);
  expect(Buffer.from(salted).toString('hex')).toBe('1d96ee3a529b5a5f9e47c01f229a2cb8a6e15f7d');
});

test.each([
  ['ours', true],
  ['the library’s own', false],
])('a login goes on as in RFC 5802, by %s', async (_whose, isQuick) => {
  const mechanism = await challenged(4096, isQuick);
  expect(await mechanism.response(CREDENTIALS)).toBe(
    'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
  );
});

test.each([0, -1, MOST_ROUNDS + 1, 1e15, 'many'])('a server that asks for %s rounds is refused', async (rounds) => {
  const mechanism = await challenged(rounds, true);
  await expect(mechanism.response(CREDENTIALS)).rejects.toMatchObject({ code: 'remote-error' });
});
