// Owns: git-annex-p2p-xmpp where not all is well: strangers, whoever goes before all is said, wrong calls.
// Leaves: the three calls where all is well (peers-xmpp-program.test.ts), and the network (test/workers/peer/network/xmpp).
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../support/next-line.ts';
import { lacksPeers } from '../support/peers.ts';
import { killQuietly } from '../support/processes.ts';
import { startProsody } from '../support/prosody-peer.ts';
import { makeScratch, type Scratch } from '../support/temp-repo.ts';
import { type XmppPerson, xmppPerson } from '../support/xmpp-people.ts';

interface Call {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly complaints: () => string;
  readonly exit: Promise<number | null>;
}

function call({ repo, env }: XmppPerson, ...args: readonly string[]): Call {
  const child = spawn('git-annex-p2p-xmpp', args, { cwd: repo.directory, env, stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => killQuietly(child.pid ?? 0));
  let [said, complaints] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  child.stdin.on('error', () => undefined);
  const exit = new Promise<number | null>((resolve) => void child.once('close', resolve));
  return { child, said: () => said, complaints: () => complaints, exit };
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

async function setUp(): Promise<{ scratch: Scratch; ann: XmppPerson; ben: XmppPerson; eve: XmppPerson }> {
  const scratch = makeScratch(onTestFinished);
  const at = { scratch, server: await startProsody(onTestFinished, scratch) };
  const ann = await xmppPerson(onTestFinished, at, 'ann', { friends: ['ben'] });
  const ben = await xmppPerson(onTestFinished, at, 'ben', { friends: ['ann'] });
  return { scratch, ann, ben, eve: await xmppPerson(onTestFinished, at, 'eve', { friends: ['ann'] }) };
}

describe.skipIf(lacksPeers('git-annex-p2p-xmpp', 'prosody', 'openssl'))('git-annex-p2p-xmpp', () => {
  test('leaves nothing of whoever goes before all was said, takes no stranger, and says no password', async () => {
    const { scratch, ann, ben, eve } = await setUp();
    const asked = call(ann, 'address');
    expect(await asked.exit).toBe(0);
    const address = asked.said().trim();
    const socket = join(scratch.directory, 's');
    const came = await echoAt(socket);
    const serving = call(ann, address, socket);
    await until('somebody has come, and has gone with most of what was said to him unread', async () => {
      const early = call(ben, address);
      // This network has no halves: with the end of one way the other ends as well.
      early.child.stdin?.end('hello '.repeat(50_000));
      await early.exit;
      return came.length > 0;
    });
    await until('nothing of it is left', () => came.every(({ closed }) => closed));
    const comers = came.length;
    const stranger = call(eve, address);
    expect(await stranger.exit).toBe(1);
    expect(stranger.complaints()).toMatch(/takes nobody by the name of eve@peers\.test|is not online/);
    expect(came.length).toBe(comers);
    serving.child.kill('SIGTERM');
    expect(await serving.exit).toBe(0);
    for (const { complaints } of [asked, serving, stranger]) expect(complaints()).not.toContain('secret of');
  });

  test('says what is wrong with how it is called', async () => {
    const { ann } = await setUp();
    const wrong = [
      [[], 'usage: git-annex-p2p-xmpp address'],
      [['no account'], 'xmpp'],
      [['ben@peers.test', '/nowhere'], 'that is no address of this repository'],
    ] as const;
    for (const [args, why] of wrong) {
      const called = call(ann, ...args);
      expect(await called.exit).toBe(1);
      expect(called.complaints()).toContain(why);
    }
  });
});
