// Owns: git-annex-p2p-xmpp as git-annex calls it: its address, a peer on its stdio, and serving at a socket.
// Leaves: the network (test/workers/peer/network/xmpp), and daemons that use it (peers-xmpp.test.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PROGRAM } from '../support/daemon.ts';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { killQuietly } from '../support/processes.ts';
import { startProsody } from '../support/prosody-peer.ts';
import { makeRepo, makeScratch, type Scratch, type TestRepo } from '../support/temp-repo.ts';

const skipped = lacksPeers('the program git-annex-p2p-xmpp', 'prosody', 'openssl');
const HELPER = join(dirname(PROGRAM), '../helpers/git-annex-p2p-xmpp');

interface Call {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly complaints: () => string;
  readonly exit: Promise<number | null>;
}

function call(repo: TestRepo, { env }: Scratch, ...args: readonly string[]): Call {
  const child = spawn(HELPER, args, { cwd: repo.directory, env, stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => killQuietly(child.pid ?? 0));
  let [said, complaints] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.stdin.on('error', () => undefined);
  const exit = new Promise<number | null>((resolve) => void child.once('close', resolve));
  return { child, said: () => said, complaints: () => complaints, exit };
}

describe.skipIf(skipped)('git-annex-p2p-xmpp', () => {
  test('tells its address, and brings a friend to the socket, each way to its end', { timeout: 120_000 }, async () => {
    const scratch = makeScratch(onTestFinished);
    const xmpp = await startProsody(onTestFinished, scratch);
    const make = async (user: string, friend: string): Promise<TestRepo> => {
      const repo = await makeRepo(scratch, user);
      xmpp.addUser(user);
      const folder = join(repo.directory, '.git/remote-daemon');
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(join(folder, 'secrets.ini'), xmpp.section(user), { mode: 0o600 });
      await repo.git('config', 'remotedaemon.xmppFriend', xmpp.jid(friend));
      return repo;
    };
    const [ann, ben] = [await make('ann', 'ben'), await make('ben', 'ann')];
    const asked = call(ann, scratch, 'address');
    expect([await asked.exit, asked.complaints()]).toEqual([0, '']);
    const address = asked.said().trim();
    expect(address).toMatch(/^ann@peers\.test\/git-annex-[\da-f]{12}$/);
    const socket = join(scratch.directory, 's');
    // As git-annex's own: says what it is told, until that ends.
    const server = createServer({ allowHalfOpen: true }, (came) => {
      came.on('error', () => undefined).pipe(came);
    }).listen(socket);
    onTestFinished(() => void server.close());
    const serving = call(ann, scratch, address, socket);
    const text = 'hello '.repeat(10_000);
    let reached: Call | undefined;
    await until('it is reached', async () => {
      reached = call(ben, scratch, address);
      reached.child.stdin?.write(text);
      const { said, child } = reached;
      await until('all came back, or nobody was there', () => said() === text || child.exitCode !== null);
      return said() === text;
    });
    reached?.child.stdin?.end();
    expect([await reached?.exit, reached?.complaints()]).toEqual([0, '']);
    serving.child.kill('SIGTERM');
    expect(await serving.exit).toBe(0);
    const late = call(ben, scratch, address);
    expect(await late.exit).toBe(1);
    expect(late.complaints()).toContain('is not online, or is not there for peers');
  });
});
