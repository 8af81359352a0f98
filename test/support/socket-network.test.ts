// Owns: holding the network of the tests to what git-annex expects of such a program.
// Leaves: who uses it (test/workers/peer, test/end-to-end).
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { until } from './next-line.ts';
import { lacksPeers } from './peers.ts';
import { childrenOf, isAlive, processesMarked } from './processes.ts';
import { type SocketNetwork, socketNetwork } from './socket-network.ts';
import { makeRepo, makeScratch, type Scratch } from './temp-repo.ts';

const perlTest = test.skipIf(lacksPeers('the network of the tests', 'perl'));
const MANY = 50;
const BIG_BYTES = 20 * 1024 * 1024;

function setUp() {
  const scratch = makeScratch(onTestFinished);
  const network = socketNetwork(scratch);
  const run = (...args: readonly string[]) =>
    spawn('git-annex-p2p-sock', args, { cwd: scratch.directory, env: network.env, stdio: ['pipe', 'pipe', 'pipe'] });
  return { scratch, network, run };
}

/** Listens as ADDRESS; `handle` gets each stream that comes. */
async function serve(
  { scratch, network, run }: { scratch: Scratch; network: SocketNetwork; run: (...args: string[]) => ChildProcess },
  handle: (stream: Socket) => void,
) {
  const path = join(scratch.directory, 's');
  const server = createServer({ allowHalfOpen: true }, (stream) => {
    stream.on('error', () => undefined);
    handle(stream);
  }).listen(path);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const program = run('me', path);
  await until('it listens', () => network.listeners().includes('me'));
  return { server, program };
}

const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const said = (stream: Readable): Promise<string> => text(stream);

perlTest('tells who this repository is, by its config or else by where it is', async () => {
  const { scratch, network } = setUp();
  const { directory, git } = await makeRepo(scratch, 'repo');
  const ask = () => said(spawn('git-annex-p2p-sock', ['address'], { cwd: directory, env: network.env }).stdout);
  expect(await ask()).toMatch(/^[0-9a-f]{16}\n$/);
  await git('config', '--add', 'testnet.address', 'one');
  await git('config', '--add', 'testnet.address', 'two');
  expect(await ask()).toBe('one\ntwo\n');
});

perlTest('says that nobody listens', async () => {
  const dialled = setUp().run('nobody');
  expect(await said(dialled.stderr)).toMatch(/^git-annex-p2p-sock: nobody listens as nobody: No such file/);
  expect(dialled.exitCode ?? (await once(dialled, 'exit'))[0]).toBe(1);
});

perlTest('carries much both ways, and the end of each way by itself', async () => {
  const [there, back] = [randomBytes(BIG_BYTES), randomBytes(BIG_BYTES)];
  const all = setUp();
  let got = '';
  await serve(all, (stream) => {
    // Goes on after the other side has said its last.
    const hash = createHash('sha256');
    stream.on('data', (bytes) => hash.update(bytes));
    stream.on('end', () => {
      got = hash.digest('hex');
      stream.end(back);
    });
  });
  const { stdin, stdout } = all.run('me');
  stdin.end(there);
  expect(sum(await buffer(stdout))).toBe(sum(back));
  expect(got).toBe(sum(there));
});

perlTest('carries many streams at once, and keeps nothing of them', async () => {
  const all = setUp();
  const { server, program } = await serve(all, (stream) => void stream.pipe(stream));
  const dialled = Array.from({ length: MANY }, () => all.run('me'));
  const texts = dialled.map((each, index) => {
    each.stdin.write(`hello ${index}`);
    return once(each.stdout, 'data').then(([data]) => {
      each.stdin.end();
      return String(data);
    });
  });
  expect(await Promise.all(texts)).toEqual(dialled.map((_each, index) => `hello ${index}`));
  const count = (): Promise<number> => new Promise((resolve) => server.getConnections((_error, n) => resolve(n)));
  await until('all streams are gone', async () => (await count()) === 0);
  await until('all programs are gone', () => processesMarked(all.scratch.id).length === 1);
  expect(program.exitCode).toBeNull();
});

perlTest('lets go of a stream whose one side is gone while neither says anything', async () => {
  const all = setUp();
  const streams: Socket[] = [];
  await serve(all, (stream) => void streams.push(stream.resume()));
  const [first, second] = [all.run('me'), all.run('me')];
  await until('both are there', () => streams.length === 2);
  first.kill('SIGKILL');
  await until('the other side hears of it', () => streams.filter((each) => each.readableEnded).length === 1);
  for (const each of streams) each.destroy();
  await until('the program is gone', () => second.exitCode !== null);
});

perlTest.each(['its stdin', 'the socket', 'SIGTERM'])('leaves nothing behind when it is over by %s', async (by) => {
  const all = setUp();
  const { server, program } = await serve(all, () => undefined);
  if (by === 'its stdin') program.stdin?.end();
  if (by === 'SIGTERM') program.kill();
  if (by === 'the socket') {
    server.close();
    all.run('me');
  }
  await until('it is gone', () => program.exitCode !== null);
  expect(all.network.listeners()).toEqual([]);
});

perlTest('goes when its parent does', async () => {
  const all = setUp();
  const path = join(all.scratch.directory, 's');
  const command = `git-annex-p2p-sock me ${path} </dev/null & wait`;
  const parent = spawn('sh', ['-c', command], { env: all.network.env, stdio: 'ignore' });
  await until('it listens', () => all.network.listeners().includes('me'));
  const [child = 0] = childrenOf(parent.pid ?? 0);
  parent.kill('SIGKILL');
  await until('it is gone', () => !isAlive(child));
  expect(all.network.listeners()).toEqual([]);
});
