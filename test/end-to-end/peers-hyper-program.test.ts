// Owns: git-annex-p2p-hyper as git-annex calls it: its address, a peer on its stdio, and serving at a socket.
// Leaves: the network (test/workers/peer/network/hyper.test.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startHyperTestnet } from '../support/hyper-testnet.ts';
import { until } from '../support/next-line.ts';
import { makePerson, type Person } from '../support/peer-people.ts';
import { killQuietly } from '../support/processes.ts';
import { untilStatus } from '../support/scene.ts';
import { makeScratch, type Scratch } from '../support/temp-repo.ts';

interface Stage {
  readonly scratch: Scratch;
  readonly ada: Person;
  readonly bob: Person;
}

async function setUp(): Promise<Stage> {
  const net = await startHyperTestnet(onTestFinished);
  const scratch = makeScratch(onTestFinished);
  const config = [`remotedaemon.hyperBootstrap=${net.bootstrap}`];
  const make = (name: string): Promise<Person> => makePerson(onTestFinished, name, { scratch, config });
  return { scratch, ada: await make('ada'), bob: await make('bob') };
}

interface Call {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly complaints: () => string;
  readonly exit: Promise<number | null>;
}

function call({ repo, env }: Person, ...args: readonly string[]): Call {
  const child = spawn('git-annex-p2p-hyper', args, { cwd: repo.directory, env, stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => killQuietly(child.pid ?? 0));
  let [said, complaints] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.stdin.on('error', () => undefined);
  const exit = new Promise<number | null>((resolve) => void child.once('close', resolve));
  return { child, said: () => said, complaints: () => complaints, exit };
}

async function addressOf(person: Person): Promise<string> {
  const asked = call(person, 'address');
  expect(await asked.exit).toBe(0);
  return asked.said().trim();
}

/** As git-annex's own: says what it is told, until that ends. */
async function echoAt(path: string): Promise<Socket[]> {
  const came: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    came.push(socket);
    socket.on('error', () => undefined).pipe(socket);
  }).listen(path);
  onTestFinished(() => void server.close());
  await until('it listens', () => server.listening);
  return came;
}

describe('git-annex-p2p-hyper', () => {
  test('tells one address, always the same, and brings whoever dials it to the socket, each way to its end', async () => {
    const { ada, bob, scratch } = await setUp();
    const address = await addressOf(ada);
    expect(address).toMatch(/^[\da-f]{64}$/);
    expect(await addressOf(ada)).toBe(address);
    const came = await echoAt(join(scratch.directory, 's'));
    const serving = call(ada, address, join(scratch.directory, 's'));
    let reached: Call | undefined;
    await until('it is reached', async () => {
      reached = call(bob, address);
      reached.child.stdin?.end('hello '.repeat(100_000));
      return (await reached.exit) === 0;
    });
    expect(reached?.said()).toBe('hello '.repeat(100_000));
    await until('its stream is over', () => came.every((socket) => socket.closed));
    serving.child.kill('SIGTERM');
    expect(await serving.exit).toBe(0);
    const late = call(bob, address);
    expect(await late.exit).toBe(1);
    expect(late.complaints()).toContain('nobody with that key is in the network hyper now');
  });

  test('says what is wrong with how it is called', async () => {
    const { ada, bob } = await setUp();
    const wrong = [
      [[], 'usage: git-annex-p2p-hyper address'],
      [['abc'], 'an address of hyper is 64 hex digits'],
      [[await addressOf(bob), '/nowhere'], 'that is no address of this repository'],
    ] as const;
    for (const [args, why] of wrong) {
      const called = call(ada, ...args);
      expect(await called.exit).toBe(1);
      expect(called.complaints()).toContain(why);
    }
  });

  test('leaves serving to a daemon that does so already', async () => {
    const { ada, scratch } = await setUp();
    await ada.repo.git('config', 'remotedaemon.serve', 'hyper');
    const daemon = ada.start();
    await untilStatus({ clone: ada.repo, scratch }, 'the network hyper, by the key');
    const serving = call(ada, await addressOf(ada), join(scratch.directory, 's'));
    await until('it says so', () =>
      serving.complaints().includes('git-remote-daemon serves this repository here already'),
    );
    serving.child.kill('SIGTERM');
    expect(await serving.exit).toBe(0);
    daemon.send('STOP');
    await daemon.gone();
  });
});
