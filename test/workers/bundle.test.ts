// Owns: what the build promises of the files that each thread loads: whole, by themselves, and as able as ssh2 is.
// Leaves: what runs in them (the other tests here), and the built daemon (test/end-to-end).
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import type ssh2 from 'ssh2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { makeKeyPair } from '../support/ssh-keys.ts';
import { startSshPeer } from '../support/ssh-peer.ts';

const WORKERS = new URL('../../dist/workers/', import.meta.url);
const load = createRequire(WORKERS);

const required = (file: string): string[] => {
  const text = readFileSync(new URL(file, WORKERS), 'utf8');
  return [...text.matchAll(/\b(?:require|import)\(\s*["']([^"']+)["']\s*\)/g)].map(([, name = '']) => name);
};

describe('what a thread loads', () => {
  it.each([
    ['entry.cjs', ['./ssh2.cjs']],
    ['ssh2.cjs', []],
  ])('is Node itself and files of the build: %s', (file, beside) => {
    expect(required(file).filter((name) => !isBuiltin(name))).toEqual(beside);
  });

  it.each(['aes128-gcm@openssh.com', 'aes256-ctr', 'chacha20-poly1305@openssh.com'] as const)(
    'speaks %s',
    async (cipher) => {
      const { Client }: typeof ssh2 = load('./ssh2.cjs');
      const key = makeKeyPair();
      const peer = await startSshPeer(onTestFinished, { env: {}, authorizedKeys: [key.publicKey] });
      const client = new Client();
      const { host, port } = peer;
      client.connect({ host, port, username: 'me', privateKey: key.privateKey, algorithms: { cipher: [cipher] } });
      await once(client, 'ready');
      expect(peer.connections()).toBe(1);
      client.end();
      await once(client, 'close');
    },
  );
});
