// Owns: networks by program, with real programs: streams both ways, and what becomes of programs that fail.
// Leaves: the network that carries them (test/support/socket-network.test.ts), and what is said (test/workers/peer).
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PeerAddress } from '../../../../src/shared/p2p/address.ts';
import type { Listening, NetworkContext } from '../../../../src/workers/peer/network/network.ts';
import { networkByProgram } from '../../../../src/workers/peer/network/program.ts';
import { createLineLog, until } from '../../../support/next-line.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { openFilesOf, processesMarked } from '../../../support/processes.ts';
import { socketNetwork } from '../../../support/socket-network.ts';
import { makeRepo, makeScratch, type Scratch } from '../../../support/temp-repo.ts';
import { echo, readAll, sum } from './streams.ts';

const MANY = 50;
const BIG_BYTES = 20 * 1024 * 1024;
const ever = new AbortController().signal;
const sock = networkByProgram('sock');
const at = (address: string): PeerAddress => ({ kind: 'p2p', network: 'sock', address });

interface Scene {
  readonly scratch: Scratch;
  readonly context: NetworkContext;
  readonly logged: ReturnType<typeof createLineLog>;
  /** Process groups of children that run. */
  readonly running: Set<number>;
  readonly dial: (address: string) => Promise<Duplex>;
  readonly listen: (onStream: (stream: Duplex, at: PeerAddress) => void, ...known: string[]) => Promise<Listening>;
}

/** A repository in a folder of that name, whose network is the tests' own, or the shell script that is given. */
async function setUp({ script, name = 'repo' }: { script?: string; name?: string } = {}): Promise<Scene> {
  const scratch = makeScratch(onTestFinished);
  mkdirSync(join(scratch.directory, name, '..'), { recursive: true });
  const { directory } = await makeRepo(scratch, name);
  const network = socketNetwork(scratch);
  if (script !== undefined) {
    const file = join(scratch.directory, 'sock-bin', 'git-annex-p2p-sock');
    writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  const logged = createLineLog('the log');
  const running = new Set<number>();
  const context: NetworkContext = {
    directory,
    gitDir: join(directory, '.git'),
    environment: network.env,
    torProxy: { host: '127.0.0.1', port: 1 },
    settings: {},
    secrets: {},
    noteChild: (pgid, isRunning) => void (isRunning ? running.add(pgid) : running.delete(pgid)),
    log: logged.push,
  };
  return {
    scratch,
    context,
    logged,
    running,
    dial: async (address) => {
      const stream = await sock.dial(at(address), context, ever);
      onTestFinished(() => void stream.destroy());
      return stream.on('error', () => undefined);
    },
    listen: async (onStream, ...known) => {
      const listening = await sock.listen({ known: known.map(at), uuid: 'u', onStream }, context, ever);
      onTestFinished(() => listening.close(AbortSignal.abort()));
      return listening;
    },
  };
}

const socketsOf = ({ context }: Scene): string[] => readdirSync(join(context.gitDir, 'annex', 'p2p'));
const untilServed = (scene: Scene, address: string): Promise<void> =>
  until('the program serves', () => existsSync(join(scene.scratch.directory, 'net', address)));

/** What a stream fails by. */
async function failureOf(stream: Duplex): Promise<unknown> {
  stream.resume();
  await until('the stream is over', () => stream.closed);
  return stream.errored;
}

describe.skipIf(lacksPeers('networks by program', 'perl'))('a network by program', () => {
  test('brings streams, each to the address that was dialled', async () => {
    const scene = await setUp();
    const listening = await scene.listen((stream, to) => void stream.end(JSON.stringify(to)), 'one', 'two', 'one');
    expect(listening.addresses).toEqual([at('one'), at('two')]);
    expect(listening.how).toBe('the program git-annex-p2p-sock');
    for (const name of ['two', 'one']) {
      await untilServed(scene, name);
      expect(String(await readAll(await scene.dial(name)))).toBe(JSON.stringify(at(name)));
    }
  });

  test('asks the program where this repository is, if nobody knows', async () => {
    const scene = await setUp();
    const listening = await scene.listen(echo);
    const name = createHash('md5').update(scene.context.directory).digest('hex').slice(0, 16);
    expect(listening.addresses).toEqual([at(name)]);
    await untilServed(scene, name);
  });

  test('listens where git-annex does, for this account alone, and takes all away at its end', async () => {
    const scene = await setUp();
    const listening = await scene.listen(echo, 'me');
    const [socket = ''] = socketsOf(scene);
    expect(socket).toBe(createHash('md5').update('sock:me').digest('hex'));
    const folder = join(scene.context.gitDir, 'annex', 'p2p');
    expect(lstatSync(join(folder, socket)).mode & 0o777).toBe(0o600);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    await listening.close(ever);
    expect(socketsOf(scene)).toEqual([]);
    expect(scene.running.size).toBe(0);
    await until('the program is gone', () => processesMarked(scene.scratch.id).length === 0);
  });

  test('carries 20 MB each way at once, and the end of each way by itself', async () => {
    const scene = await setUp();
    const [there, back] = [randomBytes(BIG_BYTES), randomBytes(BIG_BYTES)];
    let came: Promise<Buffer> | undefined;
    await scene.listen((stream) => {
      came = readAll(stream);
      stream.write(back);
      void came.then(() => stream.end('!'));
    }, 'me');
    await untilServed(scene, 'me');
    const stream = await scene.dial('me');
    stream.end(there);
    const got = await readAll(stream);
    expect(String(got.subarray(BIG_BYTES))).toBe('!');
    expect(sum(got.subarray(0, BIG_BYTES))).toBe(sum(back));
    expect(sum((await came) ?? Buffer.of())).toBe(sum(there));
  });

  test('carries many streams at once, and keeps neither descriptors nor processes of them', async () => {
    const scene = await setUp();
    const before = openFilesOf(process.pid).length;
    await scene.listen(echo, 'me');
    await untilServed(scene, 'me');
    const streams = await Promise.all(Array.from({ length: MANY }, () => scene.dial('me')));
    for (const [index, stream] of streams.entries()) stream.end(`hello ${index}`);
    const said = await Promise.all(streams.map(async (stream) => String(await readAll(stream))));
    expect(said).toEqual(streams.map((_stream, index) => `hello ${index}`));
    await until('all are gone', () => scene.running.size === 1 && streams.every((stream) => stream.closed));
    // A socket that listens, and the program's stdio.
    await until('all is closed', () => openFilesOf(process.pid).length <= before + 4);
  });

  test('reaches a repository whose path is longer than a socket can have', async () => {
    const scene = await setUp({ name: join('x'.repeat(100), 'y'.repeat(100)) });
    await scene.listen(echo, 'me');
    await untilServed(scene, 'me');
    const stream = await scene.dial('me');
    stream.end('hello');
    expect(String(await readAll(stream))).toBe('hello');
  });

  test('takes the place of a socket that was left, not of one at which somebody listens', async () => {
    const scene = await setUp();
    const folder = join(scene.context.gitDir, 'annex', 'p2p');
    const file = join(folder, createHash('md5').update('sock:me').digest('hex'));
    await (await scene.listen(echo, 'me')).close(ever);
    const other = createServer().listen(file);
    onTestFinished(() => void other.close());
    await until('it listens', () => existsSync(file));
    await expect(scene.listen(echo, 'me')).rejects.toMatchObject({ code: 'locked' });
    other.close();
    rmSync(file, { force: true });
    writeFileSync(file, '');
    await expect(scene.listen(echo, 'me')).rejects.toMatchObject({ code: 'not-set-up' });
    rmSync(file);
    await scene.listen(echo, 'me');
  });

  test('runs the program again when it ends, and says so', async () => {
    const scene = await setUp();
    await scene.listen(echo, 'me');
    await untilServed(scene, 'me');
    for (const { pid } of processesMarked(scene.scratch.id)) process.kill(pid, 'SIGTERM');
    await scene.logged.next(/^git-annex-p2p-sock ended with status 0; it is run again in 1 s$/);
    await untilServed(scene, 'me');
    const stream = await scene.dial('me');
    stream.end('hello');
    expect(String(await readAll(stream))).toBe('hello');
  });
});

describe('a program that fails', () => {
  test('says so before a byte came: the peer cannot be reached, in the words of the program', async () => {
    const scene = await setUp({ script: 'echo first >&2; printf "no such peer" >&2; exit 3' });
    const stream = await scene.dial('me');
    expect(await failureOf(stream)).toMatchObject({
      code: 'unreachable',
      detail: 'git-annex-p2p-sock ended with status 3: no such peer',
    });
    await scene.logged.next('git-annex-p2p-sock: first');
  });

  test('the same where something was written to it meanwhile, and it takes its time to end', async () => {
    const scene = await setUp({ script: 'exec <&-; sleep 1; echo nobody >&2; exit 1' });
    const stream = await scene.dial('me');
    const writing = setInterval(() => stream.writable && stream.write('hello'), 1);
    onTestFinished(() => clearInterval(writing));
    expect(await failureOf(stream)).toMatchObject({ code: 'unreachable', detail: expect.stringMatching(/nobody$/) });
  });

  test('later, as the peer went away: its stream has ended', async () => {
    const scene = await setUp({ script: 'echo hello; exit 1' });
    expect(String(await readAll(await scene.dial('me')))).toBe('hello\n');
  });

  test('and is not there: what to install', async () => {
    const scene = await setUp();
    const [address, { context }] = [{ kind: 'p2p', network: 'nonesuch', address: 'me' } as const, scene];
    const network = networkByProgram('nonesuch');
    const expected = {
      code: 'not-set-up',
      detail: 'there is no program git-annex-p2p-nonesuch on PATH: install what brings the network nonesuch',
    };
    await expect(network.dial(address, context, ever)).rejects.toMatchObject(expected);
    const listen = (known: PeerAddress[]) => network.listen({ known, uuid: 'u', onStream: echo }, context, ever);
    await expect(listen([])).rejects.toMatchObject(expected);
    await expect(listen([address])).rejects.toMatchObject(expected);
    expect(socketsOf(scene)).toEqual([]);
  });

  test('to tell its address: nothing is served', async () => {
    const failing = await setUp({ script: 'echo not today >&2; exit 1' });
    await expect(failing.listen(echo)).rejects.toMatchObject({
      code: 'unreachable',
      detail: 'git-annex-p2p-sock tells no address: not today',
    });
    const odd = await setUp({ script: 'printf "\\n-x\\n a b \\n"; head -c 100000 /dev/zero' });
    await expect(odd.listen(echo)).rejects.toMatchObject({ code: 'unreachable', detail: /it said none$/ });
  });

  test('again and again: it is told that nothing is served, and why', async () => {
    const scene = await setUp({ script: 'echo broken >&2; exit 2' });
    const listening = await scene.listen(echo, 'me');
    await expect(listening.ended).rejects.toMatchObject({
      code: 'unreachable',
      detail: 'git-annex-p2p-sock ended with status 2: broken',
    });
  });

  test('and writes without end: little of it is logged, and its stream is ended by us', async () => {
    const scene = await setUp({ script: 'yes complaint >&2 & exec yes' });
    const stream = await scene.dial('me');
    stream.once('data', () => stream.pause());
    await until('it writes', () => stream.readableLength > 0 && scene.logged.seen.length === 10);
    expect(stream.readableLength).toBeLessThan(BIG_BYTES / 20);
    stream.destroy();
    await until('it is gone', () => processesMarked(scene.scratch.id).length === 0);
    await scene.logged.next(/more lines were not shown/);
    expect(scene.running.size).toBe(0);
  });

  test('to say anything, or to end: its stream ends when it is dropped, with all that it has started', async () => {
    const scene = await setUp({ script: 'trap "" TERM; sleep 100 & while :; do sleep 1; done' });
    const stream = await scene.dial('me');
    stream.write('hello');
    await until('it runs', () => processesMarked(scene.scratch.id).length >= 2);
    stream.destroy();
    await until('it is gone', () => stream.closed);
    await until('all are gone', () => processesMarked(scene.scratch.id).length === 0);
  });
});

test('nothing is started for whoever has lost interest', async () => {
  const { context, running } = await setUp();
  const given = AbortSignal.abort(new Error('enough'));
  await expect(sock.dial(at('me'), context, given)).rejects.toThrow('enough');
  await expect(sock.listen({ known: [], uuid: 'u', onStream: echo }, context, given)).rejects.toThrow('enough');
  expect(running.size).toBe(0);
});

test('no program is asked to dial what would ask it for its own address', async () => {
  const { context } = await setUp();
  await expect(sock.dial(at('address'), context, ever)).rejects.toMatchObject({ code: 'unreachable' });
});

test('a token that is meant for git-annex is not handed to programs', async () => {
  const { context } = await setUp({ script: 'env | grep -c "^GIT_ANNEX_P2P_AUTHTOKEN"' });
  const environment = { ...context.environment, GIT_ANNEX_P2P_AUTHTOKEN: 'secret' };
  expect(String(await readAll(await sock.dial(at('me'), { ...context, environment }, ever)))).toBe('0\n');
});
