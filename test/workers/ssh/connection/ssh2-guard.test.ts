// Owns: what of a server's words reaches ssh2's own handlers.
// Leaves: the same over connections (before-keys.test.ts, ssh2-connection.test.ts).
import { expect, test } from 'vitest';
import { countHandshakes, guardClient, hostKeyAlgorithms } from '../../../../src/workers/ssh/connection/ssh2-guard.ts';

/** The insides of a client, with handlers that note what they are called with. */
function insides() {
  const heard: unknown[][] = [];
  const note =
    (name: string) =>
    (_protocol: unknown, ...values: unknown[]): void => {
      heard.push([name, ...values]);
    };
  const handlers: Record<string, (protocol: unknown, ...values: unknown[]) => void> = Object.fromEntries(
    ['GLOBAL_REQUEST', 'EXT_INFO', 'SERVICE_ACCEPT'].map((name) => [name, note(name)]),
  );
  const protocol = { _handlers: handlers, requestFailure: () => heard.push(['refused']) };
  const say = (name: string, ...values: unknown[]) => handlers[name]?.(protocol, ...values);
  return { client: { _protocol: protocol }, heard, say };
}

test('signatures that are not allowed are not heard of, and a server without a list is taken to have named none', () => {
  const told = insides();
  guardClient(told.client, ['rsa-sha2-512', 'rsa-sha2-256']);
  told.say('EXT_INFO', [{ name: 'server-sig-algs', algs: ['ssh-ed25519', 'ssh-rsa', 'rsa-sha2-256'] }]);
  told.say('SERVICE_ACCEPT', 'ssh-userauth');
  const list = [{ name: 'server-sig-algs', algs: ['ssh-ed25519', 'rsa-sha2-256'] }];
  expect(told.heard).toEqual([
    ['EXT_INFO', list],
    ['SERVICE_ACCEPT', 'ssh-userauth'],
  ]);
  const untold = insides();
  guardClient(untold.client, ['rsa-sha2-512', 'rsa-sha2-256']);
  untold.say('SERVICE_ACCEPT', 'ssh-userauth');
  expect(untold.heard[0]).toEqual(['EXT_INFO', [{ name: 'server-sig-algs', algs: [] }]]);
  const allowed = insides();
  guardClient(allowed.client, ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa']);
  allowed.say('SERVICE_ACCEPT', 'ssh-userauth');
  expect(allowed.heard).toEqual([['SERVICE_ACCEPT', 'ssh-userauth']]);
});

test('further host keys of a server are computed with by nobody', () => {
  const { client, heard, say } = insides();
  guardClient(client, []);
  say('GLOBAL_REQUEST', 'hostkeys-00@openssh.com', false, Buffer.alloc(0));
  say('GLOBAL_REQUEST', 'hostkeys-00@openssh.com', true, Buffer.alloc(0));
  say('GLOBAL_REQUEST', 'keepalive@openssh.com', true);
  expect(heard).toEqual([['refused'], ['GLOBAL_REQUEST', 'keepalive@openssh.com', true]]);
});

const handshakesWithin = (count: number, bytesEach: number): boolean => {
  let failed = false;
  const handshakes = countHandshakes('a server', () => {
    failed = true;
  });
  for (let done = 0; done < count; done += 1) {
    handshakes.note();
    handshakes.received(bytesEach);
  }
  expect(handshakes.isSecure()).toBe(count > 0);
  return !failed;
};

test('a server that wants new keys again and again is endured for as long as it brings something in between', () => {
  expect(handshakesWithin(9, 0)).toBe(true);
  expect(handshakesWithin(10, 0)).toBe(false);
  expect(handshakesWithin(10, 2 ** 20)).toBe(false);
  expect(handshakesWithin(100, 16 * 2 ** 20)).toBe(true);
  expect(handshakesWithin(1, 2 ** 30)).toBe(true);
});

test('what a server offered is read from its KEXINIT', () => {
  const list = (names: string): Buffer => Buffer.concat([Buffer.from([0, 0, 0, names.length]), Buffer.from(names)]);
  const _remoteKexinit = Buffer.concat([Buffer.alloc(17), list('a,b'), list('ssh-ed25519,ssh-rsa'), list('c')]);
  const _kex = { _remoteKexinit, negotiated: { serverHostKey: 'ssh-rsa' } };
  expect(hostKeyAlgorithms({ _protocol: { _kex } })).toEqual({
    algorithm: 'ssh-rsa',
    offered: ['ssh-ed25519', 'ssh-rsa'],
  });
});
