// Owns: what the build promises of the files that each thread loads: whole, by themselves, and as able as ssh2 is.
// Leaves: what runs in them (the other tests here), and the built daemon (test/end-to-end).
import { execFile, execFileSync } from 'node:child_process';
import { createCipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type ssh2 from 'ssh2';
import { describe, expect, it, onTestFinished } from 'vitest';
import { REPLACED } from '../../src/workers/ssh/connection/ssh2-parts/changes.ts';
import { replacement as startPoly1305 } from '../../src/workers/ssh/connection/ssh2-parts/poly1305.ts';
import { makeKeyPair } from '../support/ssh-keys.ts';
import { startSshPeer } from '../support/ssh-peer.ts';
import { makeScratch } from '../support/temp-repo.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const WORKERS = new URL('../../dist/workers/', import.meta.url);
const load = createRequire(WORKERS);

const required = (file: string): string[] => {
  const text = readFileSync(new URL(file, WORKERS), 'utf8');
  return [...text.matchAll(/\b(?:require|import)\(\s*["']([^"']+)["']\s*\)/g)].map(([, name = '']) => name);
};

/** The tag of two pieces, asked for as ssh2 does. */
async function tagOf(first: Buffer, second: Buffer, key: Buffer): Promise<string> {
  const poly1305 = await startPoly1305();
  poly1305.cwrap()(poly1305._malloc(), first, first.length, second, second.length, key);
  return Buffer.from(poly1305.HEAPU8).toString('hex');
}

describe('what a thread loads', () => {
  it.each([
    ['load-code.cjs', []],
    ['entry.cjs', ['./ssh2.cjs', './xmpp.cjs', 'hyperdht']],
    ['ssh2.cjs', []],
    ['xmpp.cjs', []],
  ])('is Node itself, files of the build, and for one network a package beside them: %s', (file, beside) => {
    expect([...new Set(required(file).filter((name) => !isBuiltin(name)))].toSorted()).toEqual(beside);
  });

  it('is nothing of any network, nor ssh2, before a link needs it', () => {
    const entry = fileURLToPath(new URL('entry.cjs', WORKERS));
    const tell = 'require(process.argv[1]); process.stdout.write(Object.keys(require.cache).join("\\n"))';
    expect(execFileSync(process.execPath, ['-e', tell, entry], { encoding: 'utf8' })).toBe(entry);
  });

  it('is without what each thread would pay for and no link needs', () => {
    const text = readFileSync(new URL('ssh2.cjs', WORKERS), 'utf8');
    for (const part of ['WebAssembly', 'OPENSSH_SFTP', 'createServer(']) expect(text).not.toContain(part);
  });

  it('authenticates chacha20 as RFC 8439 (2.5.2) does, in whichever two pieces', async () => {
    const key = Buffer.from('85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b', 'hex');
    const text = Buffer.from('Cryptographic Forum Research Group');
    for (const cut of [0, 4, 16, text.length]) {
      expect(await tagOf(text.subarray(0, cut), text.subarray(cut), key)).toBe('a8061dc1305136c6c22b8baf0c0127a9');
    }
  });

  it('authenticates as the chacha20-poly1305 of Node does (RFC 8439, 2.8), texts of each length', async () => {
    for (let bytes = 0; bytes < 300; bytes += 1) {
      const [key, nonce, text] = [randomBytes(32), randomBytes(12), randomBytes(bytes)];
      const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
      const sent = Buffer.concat([cipher.update(text), cipher.final()]);
      // The key of the tag is the first half of block 0, whose counter comes before the nonce.
      const tagKey = createCipheriv('chacha20', key, Buffer.concat([Buffer.alloc(4), nonce])).update(Buffer.alloc(32));
      const rest = Buffer.alloc(((16 - (bytes % 16)) % 16) + 16);
      rest.writeUInt32LE(bytes, rest.length - 8);
      expect(await tagOf(sent, rest, tagKey)).toBe(cipher.getAuthTag().toString('hex'));
    }
  });

  it('comes with the licence of each package that is in it', () => {
    const licenses = readFileSync(new URL('../main/THIRD-PARTY-LICENSES', WORKERS), 'utf8');
    for (const name of ['ssh2', 'tweetnacl', 'bcrypt-pbkdf', 'p-queue', 'ini', '@xmpp/client', 'saslmechanisms']) {
      expect(licenses).toMatch(new RegExp(`^${name} [0-9.]+ \\(.+\\)\\n\\n\\S`, 'm'));
    }
    expect(licenses).not.toContain('(undefined)');
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

describe('what is replaced of ssh2', () => {
  /** The checkout, as far as it is built from, with its own copy of one package. */
  function checkoutWith(packageName: string): string {
    const { directory } = makeScratch(onTestFinished);
    const place = join(directory, 'checkout');
    for (const name of ['src', 'test/support', 'package.json', 'README.md', `node_modules/${packageName}`]) {
      cpSync(join(CHECKOUT, name), join(place, name), { recursive: true });
    }
    for (const name of readdirSync(join(CHECKOUT, 'node_modules'))) {
      if (name !== packageName) symlinkSync(join(CHECKOUT, 'node_modules', name), join(place, 'node_modules', name));
    }
    return place;
  }

  async function build(place: string): Promise<string> {
    const out = join(place, 'out');
    mkdirSync(out);
    const args = [join(place, 'test/support/bundle.mjs'), out];
    const fails = (error: { readonly stderr?: string }): string => `it fails: ${error.stderr}`;
    return promisify(execFile)(process.execPath, args).then(() => 'it is built', fails);
  }

  const files = new Set(REPLACED.flatMap(({ madeFor }) => Object.keys(madeFor)));

  it.each([...files])('is built of no other %s than it was made for', async (file) => {
    const place = checkoutWith(file.split('/').at(0) ?? '');
    appendFileSync(join(place, 'node_modules', file), '\n');
    expect(await build(place)).toMatch(
      new RegExp(`^it fails: .*${file} is not the file that a replacement was made`, 's'),
    );
  });

  it('is built of nothing where a file that it was made for is not bundled', async () => {
    const place = checkoutWith('ssh2');
    const changes = join(place, 'src/workers/ssh/connection/ssh2-parts/changes.ts');
    writeFileSync(changes, readFileSync(changes, 'utf8').replaceAll('SFTP.js', 'other.js'));
    expect(await build(place)).toMatch(/^it fails: .*other\.js is not the file .*: it is not bundled at all/s);
  });

  it('is built where nothing has changed', async () => {
    expect(await build(checkoutWith('ssh2'))).toBe('it is built');
  });
});
