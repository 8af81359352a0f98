// Owns: OpenSSH and the built-in client side by side: whom the one refuses, the other must not let in.
// Leaves: what is made up (host-key-case.ts); HOSTILE_LONG=1 tries hundreds, HOSTILE_SEED another seed.
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DaemonError, dispositionOf } from '../../src/shared/failures.ts';
import { openConnection } from '../../src/workers/ssh/connection/open-connection.ts';
import { startOpensshPeer } from '../support/openssh-peer.ts';
import { lacksPeers } from '../support/peers.ts';
import { makeKeyPair } from '../support/ssh-keys.ts';
import { makeScratch, type Scratch } from '../support/temp-repo.ts';
import { turnAtOnce } from '../workers/loop.ts';
import { type HostKeyCase, hostKeyCase, type Keys, writeCase } from './host-key-case.ts';

const { HOSTILE_LONG, HOSTILE_SEED } = process.env;
const CASES = HOSTILE_LONG ? 400 : 15;
const SEED = Number(HOSTILE_SEED ?? 20_261_129);
const LONG_MS = 1_800_000;
/** At a time: most of a login is waiting. */
const TOGETHER = 3;

/** `program`: the built-in client leaves it to OpenSSH, before or after it has seen the server. */
type Verdict = 'accepts' | 'refuses' | 'program';

describe.skipIf(lacksPeers('host keys, judged by both clients', 'sshd', 'ssh'))('the built-in client', () => {
  test('lets nobody in whom OpenSSH refuses', { timeout: LONG_MS }, async () => {
    const { ports, keysOf } = await startServers();
    const cases = fc.sample(hostKeyCase(ports.length), { seed: SEED, numRuns: CASES });
    const told = new Map<string, HostKeyCase[]>();
    const scratch = makeScratch(onTestFinished);
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let index = next++; index < cases.length; index = next++) {
        const made = cases[index];
        if (made === undefined) continue;
        const [port, keys] = [ports[made.server] ?? 0, keysOf(made.server)];
        const verdicts = await both(scratch, `case-${index}`, made, port, keys);
        told.set(verdicts, [...(told.get(verdicts) ?? []), made]);
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, worker));
    if (HOSTILE_LONG) process.stdout.write(`seed ${SEED}: ${JSON.stringify(count(told))}\n`);
    expect(told.get('OpenSSH refuses, ours accepts') ?? []).toEqual([]);
    // That ours is stricter is no danger, but somebody's fetch.
    expect((told.get('OpenSSH accepts, ours refuses') ?? []).length).toBeLessThanOrEqual(CASES / 50);
    // Of a few cases none may be so; of many, some are, or nothing was tried.
    if (HOSTILE_LONG) expect(told.get('OpenSSH accepts, ours accepts') ?? []).not.toEqual([]);
  });
});

const count = (told: ReadonlyMap<string, readonly HostKeyCase[]>): Record<string, number | readonly HostKeyCase[]> =>
  Object.fromEntries(
    [...told].map(([verdicts, cases]) => [verdicts, /accepts, .*refuses/.test(verdicts) ? cases : cases.length]),
  );

async function both(scratch: Scratch, name: string, made: HostKeyCase, port: number, keys: Keys): Promise<string> {
  const folders = ['openssh', 'ours'].map((client) => join(scratch.directory, `${name}-${client}`));
  for (const folder of folders) mkdirSync(folder);
  const [openssh = '', ours = ''] = folders.map((folder) => writeCase(folder, made, port, keys));
  return `OpenSSH ${await opensshVerdict(scratch, openssh)}, ours ${await ourVerdict(scratch, ours)}`;
}

/** There is no key to log in with: whoever is refused a login has let the host in. */
function opensshVerdict({ env }: Scratch, config: string): Promise<Verdict> {
  return new Promise((resolve, reject) => {
    execFile(
      'ssh',
      ['-F', config, '-oBatchMode=yes', 'h', 'true'],
      { env, timeout: 120_000 },
      (_error, _out, stderr) => {
        if (/Permission denied \(/.test(stderr)) resolve('accepts');
        else if (/verification failed|Unable to negotiate|Bad server host key|host key .* not permitted/i.test(stderr))
          resolve('refuses');
        else reject(new Error(`ssh said: ${stderr}\n${readFileSync(config, 'utf8')}`));
      },
    );
  });
}

const ignore = (): void => undefined;

async function ourVerdict(scratch: Scratch, config: string, triesLeft = 3): Promise<Verdict> {
  const command = { kind: 'options', program: 'ssh', options: ['-F', config] } as const;
  const target = { host: 'h', path: '/', command, annexShell: 'x', uploadPack: 'x' };
  const { signal } = new AbortController();
  const context = {
    remote: 'origin',
    directory: scratch.directory,
    passphrases: {},
    log: ignore,
    received: ignore,
    noteChild: ignore,
    onPhase: ignore,
    takeTurn: turnAtOnce,
    signal,
  };
  try {
    const { how, close } = await openConnection(target, context);
    await close(AbortSignal.abort());
    return how.includes('login was refused') ? 'accepts' : 'program';
  } catch (error) {
    if (!(error instanceof DaemonError) || triesLeft === 0) throw error;
    if (/^host-key-/.test(error.code)) return 'refuses';
    // A machine that is busy: it is no verdict.
    if (dispositionOf(error.code) === 'retry') return ourVerdict(scratch, config, triesLeft - 1);
    throw error;
  }
}

/** One with a single key, one with all, and two of which a key has a certificate: a good one, and one for others. */
async function startServers(): Promise<{
  readonly ports: readonly number[];
  readonly keysOf: (server: number) => Keys;
}> {
  const scratch = makeScratch(onTestFinished);
  const [ecdsa, rsa, ca1, ca2] = [makeKeyPair('ecdsa'), makeKeyPair('rsa'), makeKeyPair(), makeKeyPair()];
  const file = (name: string, text: string): string => {
    const path = join(scratch.directory, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const certificateOf = (name: string, publicKey: string, authority: string, hosts: string): string => {
    const path = file(`${name}.pub`, `${publicKey}\n`);
    execFileSync('ssh-keygen', ['-q', '-s', authority, '-h', '-I', name, '-n', hosts, path]);
    return path.replace(/\.pub$/, '-cert.pub');
  };
  const [ecdsaFile, rsaFile] = [file('ecdsa', ecdsa.privateKey), file('rsa', rsa.privateKey)];
  const good = certificateOf('rsa', rsa.publicKey, file('ca1', ca1.privateKey), '127.0.0.1,localhost,al');
  const other = certificateOf('ecdsa', ecdsa.publicKey, file('ca2', ca2.privateKey), 'elsewhere');
  const configs = [
    [],
    [`HostKey ${ecdsaFile}`, `HostKey ${rsaFile}`],
    [`HostKey ${rsaFile}`, `HostCertificate ${good}`],
    [`HostKey ${ecdsaFile}`, `HostCertificate ${other}`],
  ];
  const peers = await Promise.all(
    configs.map((config) => startOpensshPeer(onTestFinished, makeScratch(onTestFinished), [ca1.publicKey], config)),
  );
  const wrong = { 'wrong-ed25519': makeKeyPair().publicKey, 'wrong-ecdsa': makeKeyPair('ecdsa').publicKey };
  const shared = {
    ...wrong,
    'wrong-rsa': makeKeyPair('rsa').publicKey,
    'right-ecdsa': ecdsa.publicKey,
    'right-rsa': rsa.publicKey,
    ca1: ca1.publicKey,
    ca2: ca2.publicKey,
  };
  return {
    ports: peers.map(({ port }) => port),
    keysOf: (server) => ({ ...shared, 'right-ed25519': plainKey(peers[server]?.knownHosts) }),
  };
}

/** `host type base64` → `type base64`. */
const plainKey = (line = ''): string => line.trim().split(' ').slice(1).join(' ');
