// Owns: what a node makes of one that has shown who it is and breaks the rules of channels.
// Leaves: strangers (hostile.test.ts).
import { once } from 'node:events';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { parseTelehashAddress } from '../../../../../src/shared/p2p/telehash-address.ts';
import { createAcquaintance } from '../../../../../src/workers/peer/network/telehash/acquaintance.ts';
import { loadCiphers } from '../../../../../src/workers/peer/network/telehash/ciphers.ts';
import { createFrameReader, formatFrame } from '../../../../../src/workers/peer/network/telehash/frames.ts';
import { hashnameOf } from '../../../../../src/workers/peer/network/telehash/hashname.ts';
import { findTelehash } from '../../../../../src/workers/peer/network/telehash/module.ts';
import {
  formatJson,
  formatPacket,
  type Head,
  parsePacket,
  readJson,
} from '../../../../../src/workers/peer/network/telehash/packets.ts';
import { createSendQueue } from '../../../../../src/workers/peer/network/telehash/send-queue.ts';
import { until } from '../../../../support/next-line.ts';
import { closing, makeNodes, type TestNode } from './scene.ts';

interface KnownPeer {
  readonly socket: net.Socket;
  readonly sealed: (head: Head, body?: Uint8Array) => Promise<Buffer>;
  readonly say: (head: Head, body?: Uint8Array) => Promise<void>;
  /** What it was told, in its order. */
  readonly heard: readonly Head[];
  /** Of the numbers that are its own, the first. */
  readonly first: number;
}

/** Who says on channels what he likes. */
async function knownPeer(to: TestNode): Promise<KnownPeer> {
  const ciphers = loadCiphers(findTelehash(to.context));
  const pair = await ciphers.generate();
  const address = await to.address();
  const { hashname = '', way } = parseTelehashAddress(address.kind === 'p2p' ? address.address : '') ?? {};
  const expected = { hashname, key: Buffer.from(way?.key ?? []) };
  const socket = net.connect(to.port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  const { send } = createSendQueue(socket, () => undefined);
  const heard: Head[] = [];
  let settle = (_first: number): void => undefined;
  const known = new Promise<number>((resolve) => {
    settle = resolve;
  });
  const acquaintance = createAcquaintance({
    ...{ own: { pair, hashname: hashnameOf(pair.key) ?? '', port: 1 }, ciphers, expected, send },
    onKnown: (_hashname, side) => settle(side === 'even' ? 2 : 1),
  });
  const read = async (): Promise<void> => {
    const packetsOf = createFrameReader();
    for await (const chunk of socket)
      for (const bytes of packetsOf(chunk)) {
        const packet = parsePacket(bytes);
        if (packet?.head.length === 1) await acquaintance.take(packet, bytes);
        const opened =
          packet?.head.length === 0 && (await acquaintance.sealed()?.session.open(packet.body.subarray(16)));
        const head = opened && readJson(parsePacket(opened) ?? { head: Buffer.alloc(0), body: Buffer.alloc(0) });
        if (head) heard.push(head);
      }
  };
  read().catch(() => undefined);
  acquaintance.begin();
  const first = await known;
  const sealed = async (head: Head, body: Uint8Array = Buffer.alloc(0)): Promise<Buffer> => {
    const keys = acquaintance.sealed();
    if (!keys) throw new Error('it is known');
    return formatPacket(Buffer.alloc(0), keys.session.token, await keys.session.seal(formatJson(head, body)));
  };
  const say = (head: Head, body?: Uint8Array): Promise<void> => send(() => sealed(head, body));
  return { socket, sealed, say, heard, first };
}

async function setUp(): Promise<{ peer: KnownPeer; streams: Duplex[]; a: TestNode }> {
  const { a } = await makeNodes(['a']);
  const streams: Duplex[] = [];
  await a.listen((stream) => void streams.push(stream));
  return { peer: await knownPeer(a), streams, a };
}

test('has so many streams and no more', async () => {
  const { peer, streams } = await setUp();
  for (let count = 0; count < 100; count += 1) await peer.say({ type: 'stream', c: peer.first + 2 * count, seq: 1 });
  await until('all are answered', () => peer.heard.filter(({ err }) => err === 'too many streams').length === 36);
  expect(streams.length).toBe(64);
});

test('uses a number once, and only its own', async () => {
  const { peer, streams } = await setUp();
  const open = (c: unknown): Promise<void> => peer.say({ type: 'stream', c, seq: 1 });
  await open(peer.first + 2);
  await until('it is taken', () => streams.length === 1);
  streams[0]?.destroy();
  for (const c of [peer.first + 2, peer.first, peer.first + 3, -1, 1e99, 'x', undefined, {}, 1.5]) await open(c);
  await open(peer.first + 4);
  await until('the last is taken', () => streams.length > 1);
  expect(streams.length).toBe(2);
});

test('is told what is no stream, and says nothing out of turn', async () => {
  const { peer, streams } = await setUp();
  const c = peer.first;
  await peer.say({ type: 'path', c, paths: [{ type: 'tcp4', ip: '192.0.2.1', port: 1 }] });
  await until('it is refused', () => peer.heard.some((head) => head.c === c && head.err === 'unknown type'));
  await peer.say({ type: 'stream', c: c + 2, seq: 1 });
  await until('one is taken', () => streams.length === 1);
  const [stream] = streams;
  if (!stream) throw new Error('one was taken');
  for (const seq of [4, 3, 60, 0, 'x', 3]) await peer.say({ c: c + 2, seq, ack: 10 }, Buffer.from(`${seq}`));
  await peer.say({ c: c + 2, seq: 2, miss: Array.from({ length: 1_000 }, () => -1) }, Buffer.from('2'));
  await peer.say({ c: c + 2, seq: 5, end: true });
  let said = '';
  for await (const bytes of stream.setEncoding('utf8')) said += bytes;
  expect(said).toBe('234');
});

test('who sends more than is taken loses that stream, and keeps the others', async () => {
  const { peer, streams } = await setUp();
  const c = peer.first;
  for (const each of [c, c + 2]) await peer.say({ type: 'stream', c: each, seq: 1 });
  await until('both are taken', () => streams.length === 2);
  const [flooded, other] = streams;
  if (!flooded || !other) throw new Error('both were taken');
  const gone = closing(flooded);
  for (let seq = 2; seq < 50; seq += 1) await peer.say({ c, seq }, Buffer.alloc(30_000));
  await gone;
  expect(flooded.errored).toMatchObject({ code: 'dropped' });
  await peer.say({ c: c + 2, seq: 2 }, Buffer.from('hello'));
  expect(String((await once(other, 'data'))[0])).toBe('hello');
});

test('what was changed on the way ends the link', async () => {
  const { peer, streams } = await setUp();
  await peer.say({ type: 'stream', c: peer.first, seq: 1 });
  await until('it is taken', () => streams.length === 1);
  const gone = closing(peer.socket);
  const [stream] = streams;
  const failed = stream && closing(stream.on('error', () => undefined));
  const packet = await peer.sealed({ c: peer.first, seq: 2 }, Buffer.from('x'));
  packet[packet.length - 1] = (packet.at(-1) ?? 0) ^ 1;
  peer.socket.write(formatFrame(packet));
  await Promise.all([gone, failed]);
});
