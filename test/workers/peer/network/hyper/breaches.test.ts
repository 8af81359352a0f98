// Owns: streams of hyper whose other side keeps to no rule: each ends by itself, and others go on.
// Leaves: streams of those who do (hyper.test.ts).
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { hyper } from '../../../../../src/workers/peer/network/hyper/hyper.ts';
import { openNode, type SecretStream } from '../../../../../src/workers/peer/network/hyper/node.ts';
import type { NetworkContext } from '../../../../../src/workers/peer/network/network.ts';
import { startHyperTestnet } from '../../../../support/hyper-testnet.ts';
import { until } from '../../../../support/next-line.ts';
import { makeScratch } from '../../../../support/temp-repo.ts';

const ever = new AbortController().signal;
const [DATA, ROOM, END, HELLO] = [0, 1, 2, 3];
const OTHER_WAY = 'the peer speaks in another way over hyper than this version does';
const NO_RULES = 'the peer does not keep to what streams of hyper are made of';

interface Scene {
  readonly came: readonly Duplex[];
  /** A stream that says what it is told, and nothing by itself. */
  readonly connect: () => Promise<SecretStream>;
}

async function openScene(): Promise<Scene> {
  const { bootstrap } = await startHyperTestnet(onTestFinished);
  const { directory } = makeScratch(onTestFinished);
  const context: NetworkContext = {
    directory,
    gitDir: join(directory, '.git'),
    environment: {},
    torProxy: { host: '127.0.0.1', port: 1 },
    settings: { hyperBootstrap: [bootstrap] },
    secrets: {},
    noteChild: () => expect.fail('no child is expected'),
    log: () => undefined,
  };
  const came: Duplex[] = [];
  const onStream = (stream: Duplex): void => void came.push(stream.on('error', () => undefined));
  const listening = await hyper.listen({ known: [], uuid: 'u', onStream }, context, ever);
  onTestFinished(() => listening.close(AbortSignal.abort()));
  const [address] = listening.addresses;
  const key = Buffer.from(address?.kind === 'p2p' ? address.address : '', 'hex');
  const node = await openNode([bootstrap]);
  onTestFinished(() => node.close());
  const connect = async (): Promise<SecretStream> => {
    const before = came.length;
    const stream = node.connect(key).on('error', () => undefined);
    await new Promise<void>((resolve) => void stream.once('open', () => resolve()));
    await until('it has come', () => came.length > before);
    return stream;
  };
  return { came, connect };
}

const say = (stream: SecretStream, ...bytes: readonly number[]): void => {
  const message = stream.alloc(bytes.length);
  message.set(bytes);
  stream.write(message);
};

const greet = (stream: SecretStream): void => say(stream, HELLO, 1);

test('who does not say first how he speaks is told from who breaks a rule, and a later version is heard', async () => {
  const { came, connect } = await openScene();
  say(await connect(), DATA, 1);
  say(await connect(), HELLO, 0);
  say(await connect(), HELLO);
  const later = await connect();
  say(later, HELLO, 9, 1, 2, 3);
  say(later, DATA, 120);
  await until('those have ended', () => came.slice(0, 3).every(({ closed }) => closed));
  for (const stream of came.slice(0, 3)) expect(stream.errored).toMatchObject({ code: 'dropped', detail: OTHER_WAY });
  expect(String((await came[3]?.[Symbol.asyncIterator]().next())?.value)).toBe('x');
});

test('who sends more than he may, or what means nothing, loses his stream and no other', async () => {
  const { came, connect } = await openScene();
  const kept = await connect();
  greet(kept);
  const breaches: readonly ((stream: SecretStream) => void)[] = [
    (stream) => {
      for (let each = 0; each < 5; each += 1) say(stream, DATA, ...new Uint8Array(64 * 1024));
    },
    (stream) => say(stream, ROOM, 255, 255, 255, 255),
    (stream) => say(stream, ROOM, 1),
    (stream) => say(stream, 77),
    (stream) => say(stream, HELLO, 1),
    (stream) => {
      say(stream, END);
      say(stream, END);
    },
    (stream) => {
      say(stream, END);
      say(stream, DATA, 1);
    },
  ];
  for (const breach of breaches) {
    const stream = await connect();
    greet(stream);
    breach(stream);
    await until(`it has ended after ${breach}`, () => came.at(-1)?.closed ?? false);
    expect(came.at(-1)?.errored, String(breach)).toMatchObject({ code: 'dropped', detail: NO_RULES });
  }
  say(kept, DATA, 120);
  expect(String((await came[0]?.[Symbol.asyncIterator]().next())?.value)).toBe('x');
});

test('of 100 streams that nobody reads each keeps its window and no more', async () => {
  const { came, connect } = await openScene();
  const streams: SecretStream[] = [];
  for (let each = 0; each < 100; each += 1) streams.push(await connect());
  for (const stream of streams) {
    greet(stream);
    for (let each = 0; each < 4; each += 1) say(stream, DATA, ...new Uint8Array(64 * 1024));
  }
  await until('all has come', () => came.every(({ readableLength }) => readableLength === 256 * 1024));
  // So much more would be kept, were it not refused.
  for (const stream of streams) say(stream, DATA, 1);
  await until('all have ended', () => came.every(({ closed }) => closed));
  expect(came).toHaveLength(100);
});
