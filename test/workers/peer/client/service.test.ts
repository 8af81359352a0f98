// Owns: what a service of a peer says and is told, as a channel: how it is framed, and every way in which it ends.
// Leaves: the session before it (session.test.ts), and git's own words (test/workers/upload-pack).
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Feature, Service } from '../../../../src/shared/p2p/lines.ts';
import { connectService, type ServiceChannel } from '../../../../src/workers/peer/client/service.ts';
import { openP2pStream } from '../../../../src/workers/peer/p2p-stream.ts';
import { makeScratch, makeServerRepo } from '../../../support/temp-repo.ts';
import { relayGit, startScriptedPeer, type Visit } from '../scripted-peer.ts';

interface Options {
  readonly service?: Service;
  readonly features?: readonly Feature[];
  readonly scratch?: ReturnType<typeof makeScratch>;
}

/** A channel to what the script is, once CONNECT was heard. */
async function connectTo(script: (visit: Visit) => Promise<void>, options: Options = {}) {
  const { service = 'git-upload-pack', features = [], scratch = makeScratch(onTestFinished) } = options;
  const peer = await startScriptedPeer(onTestFinished, scratch, async (visit) => {
    await visit.hear();
    await script(visit);
  });
  const stream = openP2pStream(await peer.dial());
  const session = { stream, features: new Set(features) };
  return { peer, stream, channel: connectService(session, service, { v2: true }) };
}

/** All that it says, and its end. */
async function outcome({ stdout, stderr, exit }: ServiceChannel) {
  const [said, complaints] = await Promise.all([text(stdout), text(stderr)]);
  return { said, complaints, exit: await exit };
}

const saying = (...lines: readonly string[]) =>
  connectTo(async ({ send, socket }) => {
    send(lines.join(''));
    socket.end();
  });

test('what a service says comes as it is, with its status, whether the end is said once or twice', async () => {
  const { channel } = await saying(
    'DATA 5\nhello',
    'DATA 0\n',
    'DATA 6\n\n0000\n',
    'CONNECTDONE 3\n',
    'CONNECTDONE 3\n',
  );
  expect(await channel.answered).toBe(true);
  expect(await outcome(channel)).toEqual({
    said: 'hello\n0000\n',
    complaints: '',
    exit: { kind: 'status', status: 3 },
  });
  const once = await saying('CONNECTDONE -9\n');
  expect((await outcome(once.channel)).exit).toEqual({ kind: 'status', status: 255 });
});

test('protocol v2 is asked for only of a peer that knows how', async () => {
  const { peer, channel } = await connectTo(async ({ say }) => say('CONNECTDONE 0'), { features: ['git-v2'] });
  await peer.log.next('1: CONNECT git-upload-pack version=2');
  await outcome(channel);
  const plain = await connectTo(async ({ say }) => say('CONNECTDONE 0'), { service: 'git-receive-pack' });
  await plain.peer.log.next('1: CONNECT git-receive-pack');
  await outcome(plain.channel);
});

test('a service that is refused says why, and one that ends without saying so is lost', async () => {
  const refused = await saying('ERROR this repository is read-only; \u001b[31mwrite access denied\n');
  expect(await outcome(refused.channel)).toEqual({
    said: '',
    complaints: expect.stringMatching(/the peer says: "this repository is read-only;.*write access denied"\n$/),
    exit: { kind: 'status', status: 1 },
  });
  const gone = await saying('');
  expect(await gone.channel.answered).toBe(false);
  expect((await outcome(gone.channel)).exit).toEqual({ kind: 'lost' });
  const cut = await saying('DATA 100\nhalf');
  expect(await outcome(cut.channel)).toMatchObject({ said: 'half', exit: { kind: 'lost' } });
});

test('what is no DATA ends the service: words, lengths, and lines that are none', async () => {
  for (const odd of [
    'CHANGED a b\n',
    'DATA\n',
    'DATA -1\n',
    `DATA ${'9'.repeat(30)}\n`,
    'DATA 1e3\n',
    'CONNECTDONE\n',
    'CONNECTDONE x\n',
  ]) {
    const { channel, stream } = await saying('DATA 2\nok', odd, 'DATA 2\nno');
    expect(await outcome(channel), odd).toMatchObject({ said: 'ok', exit: { kind: 'lost' } });
    await stream.closed;
  }
  const long = await saying('x'.repeat(40_000));
  expect((await outcome(long.channel)).complaints).toMatch(/longer than/);
});

test('20 MB go through both ways at once, in no piece that is longer than 64 KiB from here, and as long as the peer likes from there', async () => {
  const size = 20 * 1024 * 1024;
  const longest = { bytes: 0 };
  const { channel } = await connectTo(async ({ hear, stream, say, send, socket }) => {
    // As git-annex does it, where its git has much to say.
    const held: Buffer[] = [];
    for (let got = 0; got < size; ) {
      const length = Number((await hear()).split(' ')[1]);
      longest.bytes = Math.max(longest.bytes, length);
      for await (const piece of stream.readData(length)) held.push(piece);
      got += length;
      if (held.length < 50 && got < size) continue;
      const all = Buffer.concat(held.splice(0));
      say(`DATA ${all.length}`);
      send(all);
    }
    say('CONNECTDONE 0');
    socket.end();
  });
  const bytes = randomBytes(size);
  const [seen] = await Promise.all([hashOf(channel.stdout), feed(channel, bytes), channel.stderr.resume()]);
  expect(seen).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(await channel.exit).toEqual({ kind: 'status', status: 0 });
  expect(longest.bytes).toBe(64 * 1024);
});

async function feed({ stdin }: ServiceChannel, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 100_000)
    if (!stdin.write(bytes.subarray(at, at + 100_000))) await once(stdin, 'drain');
  stdin.end();
}

async function hashOf(readable: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readable) hash.update(piece);
  return hash.digest('hex');
}

test('a reader who does not read keeps the peer from sending, and no more than a little is held here', async () => {
  let isFull = (): void => undefined;
  const full = new Promise<void>((resolve) => {
    isFull = resolve;
  });
  const { channel } = await connectTo(async ({ socket }) => {
    for (let count = 0; count < 400; count += 1) {
      socket.write('DATA 65536\n');
      if (!socket.write(Buffer.alloc(65_536)) && socket.writableLength > 8 * 1024 * 1024) isFull();
    }
    socket.write('CONNECTDONE 0\n');
  });
  await full;
  expect(channel.stdout.readableLength).toBeLessThan(256 * 1024);
  channel.close();
  channel.stderr.resume();
  expect(await channel.exit).toEqual({ kind: 'lost' });
});

test('at the end of what the client says nothing is said, so that a server of git-annex goes on to its own end', async () => {
  const { peer, channel } = await connectTo(async ({ hear, stream, say, socket }) => {
    const length = Number((await hear()).split(' ')[1]);
    for await (const _ of stream.readData(length));
    say('DATA 3');
    socket.write('bye', () => say('CONNECTDONE 0', 'CONNECTDONE 0'));
    // Whatever else the client says is heard here.
    await hear();
  });
  channel.stdin.end('0000');
  expect(await outcome(channel)).toMatchObject({ said: 'bye', exit: { kind: 'status', status: 0 } });
  await peer.log.next('1: (end)');
  expect(peer.log.seen.map(({ text }) => text)).toEqual([
    '1 came',
    '1: CONNECT git-upload-pack',
    '1: DATA 4',
    '1: (end)',
  ]);
});

test('after that it may be silent for a while, as its client may have gone without a word, and no longer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { channel, peer } = await connectTo(async ({ say, hear, stream, send }) => {
    send('DATA 2\nhi');
    expect(await hear()).toBe('DATA 3');
    for await (const piece of stream.readData(3)) expect(piece.toString()).toBe('end');
    send('DATA 4\nmore');
    await say();
    await hear();
  });
  const all = outcome(channel);
  await channel.answered;
  channel.stdin.end('end');
  await once(channel.stdin, 'finish');
  vi.advanceTimersByTime(14_000);
  expect(peer.log.count(/is gone/)).toBe(0);
  vi.advanceTimersByTime(16_000);
  expect(await all).toMatchObject({ exit: { kind: 'lost' } });
});

test('git lists refs of a repository through a relay that does as that of git-annex', async () => {
  const scratch = makeScratch(onTestFinished);
  const repo = await makeServerRepo(scratch);
  const { directory } = repo;
  const { channel } = await connectTo((visit) => relayGit(visit, ['upload-pack'], { directory, env: scratch.env }), {
    scratch,
  });
  const done = outcome(channel);
  await channel.answered;
  channel.stdin.end('0000');
  const { said, exit } = await done;
  expect(said).toContain(`${await repo.git('rev-parse', 'main')} refs/heads/main`);
  expect(exit).toEqual({ kind: 'status', status: 0 });
});

test('a channel that is closed drops the stream at once', async () => {
  const { peer, channel } = await connectTo(async ({ hear }) => {
    await hear();
  });
  await peer.log.next('1: CONNECT git-upload-pack');
  channel.close();
  expect(await channel.exit).toEqual({ kind: 'lost' });
  await peer.log.next('1: (end)');
  channel.stdin.write('nobody is there');
});
