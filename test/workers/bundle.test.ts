// Owns: what the build promises of the files that each thread loads: whole, by themselves, and as able as ssh2 is.
// Leaves: what runs in them (the other tests here), and the built daemon (test/end-to-end).
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
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

  it('is without what each thread would pay for and no link needs', () => {
    const text = readFileSync(new URL('ssh2.cjs', WORKERS), 'utf8');
    for (const part of ['WebAssembly', 'OPENSSH_SFTP', 'createServer(']) expect(text).not.toContain(part);
  });

  it('comes with the licence of each package that is in it', () => {
    const licenses = readFileSync(new URL('../main/THIRD-PARTY-LICENSES', WORKERS), 'utf8');
    for (const name of ['ssh2', 'tweetnacl', 'bcrypt-pbkdf', 'execa', 'p-queue', 'ini']) {
      expect(licenses).toMatch(new RegExp(`^${name} [0-9.]+ \\(.+\\)\\n\\n\\S`, 'm'));
    }
  });

  it('gives back the memory of its garbage when it is told to', async () => {
    const worker = new Worker(
      `const { parentPort } = require('node:worker_threads');
       const { giveBack } = require(${JSON.stringify(fileURLToPath(new URL('entry.cjs', WORKERS)))});
       const used = () => process.memoryUsage().heapUsed;
       const litter = () => Array.from({ length: 500_000 }, (_, at) => ({ at })).length;
       litter();
       const before = used();
       giveBack();
       const look = (looks) => {
         if (looks > 0 && used() > before / 2) setImmediate(look, looks - 1);
         else parentPort.postMessage({ before, after: used() });
       };
       look(1_000);`,
      { eval: true },
    );
    const [{ before, after }] = await once(worker, 'message');
    await worker.terminate();
    expect(after).toBeLessThan(before / 2);
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
