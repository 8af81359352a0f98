// Owns: what a node makes of strangers who break the rules of telehash: each loses his link, and nobody else anything.
// Leaves: what is said over streams by those who are not let in (test/workers/peer/server).
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { DaemonError } from '../../../../../src/shared/failures.ts';
import {
  createFrameReader,
  formatFrame,
  MOST_PACKET_BYTES,
} from '../../../../../src/workers/peer/network/telehash/frames.ts';
import { createReceivingHalf, createSendingHalf } from '../../../../../src/workers/peer/network/telehash/halves.ts';
import {
  formatJson,
  formatPacket,
  parsePacket,
  readJson,
} from '../../../../../src/workers/peer/network/telehash/packets.ts';
import { echo, readAll } from '../streams.ts';
import { closing, makeNodes, type TestNode } from './scene.ts';

/** Resolves once it is over, however that comes. */
async function stranger({ port }: TestNode, say: (socket: net.Socket) => void): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  say(socket);
  await closing(socket);
}

async function served(): Promise<{ a: TestNode; stillServes: () => Promise<void> }> {
  const { a, b } = await makeNodes(['a', 'b']);
  await a.listen(echo);
  const to = await a.address();
  const stillServes = async (): Promise<void> => {
    const stream = await b.dial(to);
    stream.end('still there');
    expect((await readAll(stream)).toString()).toBe('still there');
  };
  return { a, stillServes };
}

const handshake = (body: Uint8Array): Buffer => formatFrame(formatPacket(Buffer.from('3a', 'hex'), body));

test.each([
  ['a packet without an end', (socket: net.Socket) => void socket.write(Buffer.alloc(70_000, 255))],
  ['a packet that is none', (socket: net.Socket) => void socket.write(formatFrame(Buffer.from([0xff, 0xff, 1])))],
  ['a handshake of noise', (socket: net.Socket) => void socket.write(handshake(randomBytes(200)))],
  ['a handshake of nothing', (socket: net.Socket) => void socket.write(handshake(Buffer.alloc(0)))],
  ['a handshake by a key that is none', (socket: net.Socket) => void socket.write(handshake(Buffer.alloc(200)))],
])('%s ends the link of who sends it', async (_what, say) => {
  const { a, stillServes } = await served();
  await stranger(a, say);
  await stillServes();
});

test('what is for nobody here is passed over', async () => {
  const { a, stillServes } = await served();
  await stranger(a, (socket) => {
    socket.write(formatFrame(formatPacket(Buffer.alloc(0), randomBytes(100))));
    socket.write(formatFrame(formatPacket(Buffer.from('1a', 'hex'), randomBytes(100))));
    socket.write(formatFrame(formatJson({ type: 'hn', hn: { __proto__: 1 } })));
    socket.write('GET / HTTP/1.1\r\n\r\n');
    socket.write(Buffer.alloc(1_000));
    socket.end();
  });
  await stillServes();
});

test('strangers without end make room for each other, and not those who are known', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  await a.listen(echo);
  const kept = await b.dial(await a.address());
  const sockets = Array.from({ length: 300 }, () =>
    net
      .connect(a.port, '127.0.0.1')
      .on('error', () => undefined)
      .resume(),
  );
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
  await Promise.race(sockets.map(closing));
  kept.end('me, still');
  expect((await readAll(kept)).toString()).toBe('me, still');
});

test('of frames only whole packets come, however they are cut', () => {
  const packets = [randomBytes(1), randomBytes(255), randomBytes(256), randomBytes(MOST_PACKET_BYTES)];
  const bytes = Buffer.concat(packets.map(formatFrame));
  for (const size of [1, 7, 4_096, bytes.length]) {
    const read = createFrameReader();
    const came: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += size) came.push(...read(bytes.subarray(at, at + size)));
    expect(came.map(String)).toEqual(packets.map(String));
  }
});

test('a head is an object of its own, whatever it is called', () => {
  const packet = parsePacket(formatPacket(Buffer.from('{"__proto__":{"err":"x"},"c":1}')));
  const head = packet && readJson(packet);
  expect(head?.err).toBeUndefined();
  expect(({} as { err?: string }).err).toBeUndefined();
  for (const text of ['[1,2,3,4]', '"abcdefg"', 'nonsense', '12345678', 'null   '])
    expect(readJson({ head: Buffer.from(text), body: Buffer.alloc(0) })).toBeUndefined();
});

test('no more is held than there is room for, and nothing twice', () => {
  const half = createReceivingHalf(0);
  const piece = (bytes: number) => ({ body: Buffer.alloc(bytes), isLast: false });
  expect(half.keep(2, piece(10))).toBe('kept');
  expect([half.keep(2, piece(10)), half.keep(52, piece(1)), half.keep(0, piece(1))]).toEqual([
    'again',
    'again',
    'again',
  ]);
  expect([half.keep('1', piece(1)), half.keep(1.5, piece(1)), half.keep(Number.NaN, piece(1))]).toEqual([
    'none',
    'none',
    'none',
  ]);
  expect(half.take()).toBeUndefined();
  half.keep(1, piece(1));
  expect([half.take()?.body.length, half.take()?.body.length, half.taken()]).toEqual([1, 10, 2]);
  const kept = Array.from({ length: 50 }, (_each, index) => half.keep(index + 3, piece(30_000)));
  expect(kept).toContain('too-much');
});

test('what was never sent is not acknowledged, and who waits for room hears of the end', async () => {
  const half = createSendingHalf(0, 0);
  for (let sent = 0; sent < 24; sent += 1) await half.next();
  expect(['25', 25, -1, Number.NaN, 0].map(half.acknowledged)).toEqual([false, false, false, false, false]);
  const waiting = half.next();
  expect(half.acknowledged(1)).toBe(true);
  expect(await waiting).toBe(25);
  const late = half.next();
  half.end(new DaemonError('dropped', 'over'));
  await expect(late).rejects.toThrow('over');
});
