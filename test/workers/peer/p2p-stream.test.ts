// Owns: reading lines and data of a stream as they were sent, however it was cut, and what ends it.
// Leaves: what is said on it (client, server).
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openP2pStream, ProtocolBreach, StreamGone } from '../../../src/workers/peer/p2p-stream.ts';
import { makeScratch } from '../../support/temp-repo.ts';
import { startScriptedPeer } from './scripted-peer.ts';

const scratch = () => makeScratch(onTestFinished);
const GREETING = { allowHalfOpen: true };

async function collected(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const all: Buffer[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

test('lines and data come as they were sent, however the stream cuts them', async () => {
  const said = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, '')),
    fc.uint8Array({ maxLength: 300 }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(said, { maxLength: 12 }), fc.integer({ min: 1, max: 50 }), async (all, cut) => {
      const duplex = new PassThrough(GREETING);
      const stream = openP2pStream(duplex);
      const bytes = Buffer.concat(all.map((one) => (typeof one === 'string' ? Buffer.from(`${one}\n`) : one)));
      const feeding = (async () => {
        for (let at = 0; at < bytes.length; at += cut) {
          if (!duplex.write(bytes.subarray(at, at + cut))) await once(duplex, 'drain');
        }
        duplex.end();
      })();
      for (const one of all) {
        if (typeof one === 'string') expect(await stream.readLine()).toBe(one);
        else expect(await collected(stream.readData(one.length))).toEqual(Buffer.from(one));
      }
      expect(await stream.readLine()).toBeUndefined();
      await feeding;
    }),
    { numRuns: 60 },
  );
});

test('a line may end in CR-LF, and no more than 32 KiB of it are kept', async () => {
  const duplex = new PassThrough();
  const stream = openP2pStream(duplex);
  duplex.write('VERSION 1\r\n');
  expect(await stream.readLine()).toBe('VERSION 1');
  duplex.write(`${'x'.repeat(32 * 1024)}\n`);
  expect(await stream.readLine()).toHaveLength(32 * 1024);
  const tooLong = expect(stream.readLine()).rejects.toThrow(ProtocolBreach);
  for (let sent = 0; sent <= 32; sent += 1) duplex.write('x'.repeat(1024));
  await tooLong;
});

test('a stream that ends in the middle of a line or of data is gone, and one that fails says why', async () => {
  const [line, data, broken] = [new PassThrough(), new PassThrough(), new PassThrough()];
  line.end('AUTH-SUC');
  await expect(openP2pStream(line).readLine()).rejects.toThrow(StreamGone);
  data.end('123');
  await expect(collected(openP2pStream(data).readData(4))).rejects.toThrow(StreamGone);
  const waiting = expect(openP2pStream(broken).readLine()).rejects.toThrow('no more');
  broken.destroy(new Error('no more'));
  await waiting;
});

test('one that waits hears of the end when the stream is dropped by us or by the other side', async () => {
  const peer = await startScriptedPeer(onTestFinished, scratch(), async ({ socket, hear }) => {
    if ((await hear()) === 'go') socket.destroy();
  });
  const ours = openP2pStream(await peer.dial());
  const waiting = ours.readLine();
  ours.destroy();
  expect(await waiting).toBeUndefined();
  await ours.closed;
  const theirs = openP2pStream(await peer.dial());
  await theirs.writeLine('go');
  expect(await theirs.readLine()).toBeUndefined();
  theirs.end();
  await theirs.closed;
  await expect(theirs.writeLine('more')).rejects.toThrow(StreamGone);
});

test('after our end the other side is heard to its own', async () => {
  const peer = await startScriptedPeer(onTestFinished, scratch(), async ({ socket, say, hear }) => {
    expect(await hear()).toBe('(end)');
    say('one', 'two');
    socket.end();
  });
  const stream = openP2pStream(await peer.dial());
  stream.end();
  await expect(stream.writeLine('too late')).rejects.toThrow(StreamGone);
  expect(await stream.readLine()).toBe('one');
  expect(await stream.readLine()).toBe('two');
  expect(await stream.readLine()).toBeUndefined();
});

test('who writes waits for a reader, and is told when that goes', async () => {
  const size = 8 * 1024 * 1024;
  const sent = randomBytes(size);
  const peer = await startScriptedPeer(onTestFinished, scratch(), async ({ number, stream, hear, socket }) => {
    await hear();
    if (number === 2) return void socket.destroy();
    for (let left = size; left > 0; ) {
      const [word, length] = (await hear()).split(' ');
      expect(word).toBe('DATA');
      await collected(stream.readData(Number(length)));
      left -= Number(length);
    }
    socket.end('done\n');
  });
  const stream = openP2pStream(await peer.dial());
  await stream.writeLine('begin');
  for (let at = 0; at < size; at += 65_536) await stream.writeWith('DATA 65536', sent.subarray(at, at + 65_536));
  expect(await stream.readLine()).toBe('done');
  const other = openP2pStream(await peer.dial());
  await other.writeLine('begin');
  const flood = async (): Promise<void> => {
    for (;;) await other.writeWith('DATA 65536', sent.subarray(0, 65_536));
  };
  await expect(flood()).rejects.toThrow();
});

test('whoever takes the stream over finds all that was not read', async () => {
  const duplex = new PassThrough();
  const stream = openP2pStream(duplex);
  duplex.write('first\nsecond\nthird');
  expect(await stream.readLine()).toBe('first');
  const rest = stream.handOver();
  duplex.end();
  expect((await collected(rest)).toString()).toBe('second\nthird');
});
