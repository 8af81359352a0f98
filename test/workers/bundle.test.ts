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
// @ts-expect-error: a script of the build, which has no types.
import { POLY1305 } from '../support/ssh2-bundle.mjs';

const WORKERS = new URL('../../dist/workers/', import.meta.url);
const load = createRequire(WORKERS);

const required = (file: string): string[] => {
  const text = readFileSync(new URL(file, WORKERS), 'utf8');
  return [...text.matchAll(/\b(?:require|import)\(\s*["']([^"']+)["']\s*\)/g)].map(([, name = '']) => name);
};

/** As ssh2 calls what it compiles of WebAssembly. */
interface Poly1305 {
  readonly HEAPU8: Uint8Array;
  readonly _malloc: () => number;
  readonly cwrap: () => (at: number, first: Buffer, bytes: number, second: Buffer, more: number, key: Buffer) => void;
}

describe('what a thread loads', () => {
  it.each([
    ['load-code.cjs', []],
    ['entry.cjs', ['./ssh2.cjs']],
    ['ssh2.cjs', []],
  ])('is Node itself and files of the build: %s', (file, beside) => {
    expect(required(file).filter((name) => !isBuiltin(name))).toEqual(beside);
  });

  it('is without what each thread would pay for and no link needs', () => {
    const text = readFileSync(new URL('ssh2.cjs', WORKERS), 'utf8');
    for (const part of ['WebAssembly', 'OPENSSH_SFTP', 'createServer(']) expect(text).not.toContain(part);
  });

  it('authenticates chacha20 as RFC 8439 (2.5.2) does, in whichever two pieces', async () => {
    const module = { exports: async (): Promise<Poly1305> => expect.unreachable('it exports none') };
    new Function('require', 'module', POLY1305)(createRequire(import.meta.url), module);
    const poly1305 = await module.exports();
    const key = Buffer.from('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b', 'hex');
    const text = Buffer.from('Cryptographic Forum Research Group');
    for (const cut of [0, 4, 16, text.length]) {
      const [first, second] = [text.subarray(0, cut), text.subarray(cut)];
      poly1305.cwrap()(poly1305._malloc(), first, first.length, second, second.length, key);
      expect(Buffer.from(poly1305.HEAPU8).toString('hex')).toBe('a8061dc1305136c6c22b8baf0c0127a9');
    }
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
