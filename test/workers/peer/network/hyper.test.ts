// Owns: the network hyper, over hyperdht's own testnet: finding, streams both ways, and what becomes of those who are gone.
// Leaves: what is said over it (test/end-to-end/peers-hyper.test.ts).
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { PeerAddress } from '../../../../src/shared/p2p/address.ts';
import { hyper } from '../../../../src/workers/peer/network/hyper/hyper.ts';
import type { Listening, NetworkContext } from '../../../../src/workers/peer/network/network.ts';
import { type HyperTestnet, startHyperTestnet } from '../../../support/hyper-testnet.ts';
import { createLineLog, until } from '../../../support/next-line.ts';
import { makeScratch } from '../../../support/temp-repo.ts';
import { echo, readAll, sum } from './streams.ts';

const ever = new AbortController().signal;
const NOBODY: PeerAddress = { kind: 'p2p', network: 'hyper', address: '5'.repeat(64) };
const MB = 1024 * 1024;
/** Until hyperdht gives up those that knew it, and we have looked. */
const LOST_MS = 60_000;

interface House {
  readonly context: NetworkContext;
  readonly logged: ReturnType<typeof createLineLog>;
  readonly listen: (onStream: (stream: Duplex) => void) => Promise<Listening>;
  readonly dial: (to: PeerAddress | undefined) => Promise<Duplex>;
}

/** A repository of its own; only its git dir counts. */
function makeHouse({ bootstrap }: Pick<HyperTestnet, 'bootstrap'>): House {
  const { directory } = makeScratch(onTestFinished);
  const logged = createLineLog('the log');
  const context: NetworkContext = {
    directory,
    gitDir: join(directory, '.git'),
    environment: {},
    torProxy: { host: '127.0.0.1', port: 1 },
    settings: { hyperBootstrap: [bootstrap] },
    secrets: {},
    noteChild: () => expect.fail('no child is expected'),
    log: logged.push,
  };
  return {
    context,
    logged,
    listen: async (onStream) => {
      const options = {
        known: [],
        uuid: 'u',
        onStream: (stream: Duplex) => onStream(stream.on('error', () => undefined)),
      };
      const listening = await hyper.listen(options, context, ever);
      onTestFinished(() => listening.close(AbortSignal.abort()));
      return listening;
    },
    dial: async (to = NOBODY) => {
      const stream = await hyper.dial(to, context, ever);
      onTestFinished(() => void stream.destroy());
      return stream.on('error', () => undefined);
    },
  };
}

const keyFile = ({ context }: House): string => join(context.gitDir, 'annex', 'creds', 'hyper');

test('a key is made once, for this account alone, and the address is its public half', async () => {
  const house = makeHouse({ bootstrap: '127.0.0.1:9' });
  const made = await Promise.all([1, 2, 3].map(() => hyper.addresses?.(house.context)));
  expect(new Set(made.map((each) => JSON.stringify(each))).size).toBe(1);
  expect(lstatSync(keyFile(house)).mode & 0o777).toBe(0o600);
  expect(lstatSync(join(keyFile(house), '..')).mode & 0o777).toBe(0o700);
  // The first of RFC 8032, section 7.1.
  writeFileSync(keyFile(house), '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
  const address = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
  expect(await hyper.addresses?.(house.context)).toEqual([{ kind: 'p2p', network: 'hyper', address }]);
});

test.each([
  ['open to others', (file: string) => chmodSync(file, 0o644), 'is open to other users: chmod 600 it'],
  ['no key', (file: string) => writeFileSync(file, 'x'), 'holds no key: remove it'],
  ['too large', (file: string) => writeFileSync(file, 'a'.repeat(70_000)), 'is too large'],
])('a key that is %s is not used, and it is said what to do', async (_what, spoil, why) => {
  const house = makeHouse({ bootstrap: '127.0.0.1:9' });
  await hyper.addresses?.(house.context);
  spoil(keyFile(house));
  await expect(house.listen(echo)).rejects.toMatchObject({ code: 'not-set-up', detail: expect.stringContaining(why) });
});

test('a key is not read through a symbolic link, nor made through one', async () => {
  const house = makeHouse({ bootstrap: '127.0.0.1:9' });
  mkdirSync(join(keyFile(house), '..'), { recursive: true });
  symlinkSync('elsewhere', keyFile(house));
  await expect(house.listen(echo)).rejects.toMatchObject({
    code: 'not-set-up',
    detail: expect.stringContaining('is no plain file: move it away'),
  });
});

describe('over a network', () => {
  test('a stream comes to the key that was dialled, and to no other', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there, other] = [makeHouse(net), makeHouse(net), makeHouse(net)];
    const listening = await there.listen((stream) => void stream.end('there'));
    const another = await other.listen((stream) => void stream.end('other'));
    expect(listening.how).toBe('the network hyper, by the key of this repository');
    expect(await hyper.addresses?.(there.context)).toEqual(listening.addresses);
    expect(String(await readAll(await here.dial(another.addresses[0])))).toBe('other');
    expect(String(await readAll(await here.dial(listening.addresses[0])))).toBe('there');
    await expect(here.dial(NOBODY)).rejects.toMatchObject({
      code: 'unreachable',
      detail: 'nobody with that key is in the network hyper now',
    });
    expect(readFileSync(keyFile(there), 'utf8')).not.toContain(JSON.stringify(listening.addresses));
  });

  test('100 MB each way at once arrive whole, and each way ends by itself', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there] = [makeHouse(net), makeHouse(net)];
    const listening = await there.listen(echo);
    const stream = await here.dial(listening.addresses[0]);
    const all = randomBytes(100 * MB);
    const began = performance.now();
    stream.end(all);
    const got = await readAll(stream);
    const seconds = (performance.now() - began) / 1_000;
    process.stderr.write(`hyper: 100 MB there and back at once, ${Math.round(100 / seconds)} MB/s each way\n`);
    expect(sum(got)).toBe(sum(all));
    await until('the stream is over', () => stream.closed);
  });

  test('who does not read holds up who sends, and neither keeps more than some MB of it', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there] = [makeHouse(net), makeHouse(net)];
    const came: Duplex[] = [];
    const listening = await there.listen((stream) => void came.push(stream));
    const stream = await here.dial(listening.addresses[0]);
    let written = 0;
    const write = (): void => {
      while (stream.write(Buffer.alloc(64 * 1024), () => (written += 64 * 1024)));
    };
    stream.on('drain', write);
    write();
    await until('something came', () => (came[0]?.readableLength ?? 0) >= 256 * 1024);
    expect(came[0]?.readableLength).toBe(256 * 1024);
    expect(written).toBeLessThanOrEqual(256 * 1024);
    // All at once, each time that no more would come.
    for (const reader of came) {
      for (let most = 0; written < 20 * MB; ) {
        await until('no more comes', () => reader.readableLength >= most);
        most = Math.min(Math.max(2 * reader.readableLength, 512 * 1024), 4 * MB);
        reader.read();
      }
      await until('no more comes', () => reader.readableLength >= 4 * MB);
      reader.on('data', () => undefined);
    }
    const before = written;
    await until('all goes on', () => written > before + 20 * MB);
  });

  test('a stream that is dropped is gone at the other side, and one that was ended first arrives whole', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there] = [makeHouse(net), makeHouse(net)];
    const listening = await there.listen((stream) => {
      stream.resume().once('data', () => {
        stream.write(Buffer.alloc(3 * MB), () => {
          stream.end();
          setImmediate(() => stream.destroy());
        });
      });
    });
    const ended = await here.dial(listening.addresses[0]);
    ended.write('x');
    expect((await readAll(ended)).length).toBe(3 * MB);
    const quiet: Duplex[] = [];
    await listening.close(ever);
    const again = await there.listen((stream) => void quiet.push(stream));
    const dropped = await here.dial(again.addresses[0]);
    await until('it came', () => quiet.length === 1);
    dropped.destroy();
    await until('it is gone there', () => quiet[0]?.closed ?? false);
    expect(quiet[0]?.errored).toMatchObject({ code: 'dropped', detail: 'the peer is gone' });
  });

  test('who listened and has closed is nobody, and is found again when he is back', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there] = [makeHouse(net), makeHouse(net)];
    const listening = await there.listen(echo);
    const [address] = listening.addresses;
    const kept = await here.dial(address);
    await listening.close(ever);
    await expect(here.dial(address)).rejects.toMatchObject({ code: 'unreachable' });
    // Streams that are there stay.
    kept.write('still');
    expect(String((await kept[Symbol.asyncIterator]().next()).value)).toBe('still');
    await there.listen((stream) => void stream.end('back'));
    expect(String(await readAll(await here.dial(address)))).toBe('back');
  });

  test('where no node answers it is said, and peers are found again soon after one is back', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there] = [makeHouse(net), makeHouse(net)];
    await net.stop();
    const listening = await there.listen((stream) => void stream.end('found'));
    await there.logged.next(/no node of the network answers/);
    await expect(here.dial(listening.addresses[0])).rejects.toMatchObject({
      code: 'unreachable',
      detail: expect.stringContaining('no node of the network hyper answers'),
    });
    await net.startAgain();
    await there.logged.next(/can find this repository again/, LOST_MS);
    expect(String(await readAll(await here.dial(listening.addresses[0])))).toBe('found');
  });

  test('where all nodes go and others come, who listens is found by these', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there] = [makeHouse(net), makeHouse(net)];
    const listening = await there.listen((stream) => void stream.end('found'));
    await net.stop();
    await there.logged.next(/no node of the network answers/, LOST_MS);
    await net.startAgain();
    await there.logged.next(/can find this repository again/, LOST_MS);
    expect(String(await readAll(await here.dial(listening.addresses[0])))).toBe('found');
  });

  test('who has slept is found by nodes that answer, and have forgotten him meanwhile', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there] = [makeHouse(net), makeHouse(net)];
    const listening = await there.listen((stream) => void stream.end('found'));
    net.forget();
    await expect(here.dial(listening.addresses[0])).rejects.toMatchObject({ code: 'unreachable' });
    // As it is after a sleep: the clock has gone on, and nothing else.
    const now = Date.now;
    onTestFinished(() => void vi.restoreAllMocks());
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 3_600_000);
    const isFound = async (): Promise<boolean> => {
      const stream = await here.dial(listening.addresses[0]).catch(() => undefined);
      return stream !== undefined && String(await readAll(stream)) === 'found';
    };
    await until('he is found', isFound);
  });

  test.skipIf(!existsSync('/proc/self/fd'))('no socket is left of a node, however its streams have ended', async () => {
    const net = await startHyperTestnet(onTestFinished);
    const [here, there] = [makeHouse(net), makeHouse(net)];
    const use = async (): Promise<void> => {
      const came: Duplex[] = [];
      const listening = await there.listen((stream) => void came.push(stream));
      const [dropped, ended] = [await here.dial(listening.addresses[0]), await here.dial(listening.addresses[0])];
      await expect(here.dial(NOBODY)).rejects.toMatchObject({ code: 'unreachable' });
      const enough = new AbortController();
      setImmediate(() => enough.abort('enough'));
      await expect(hyper.dial(NOBODY, here.context, enough.signal)).rejects.toBe('enough');
      await until('they came', () => came.length === 2);
      await listening.close(ever);
      dropped.destroy();
      ended.end();
      for (const stream of came) stream.resume().end();
      ended.resume();
      await until('all is over', () => [dropped, ended, ...came].every(({ closed }) => closed));
    };
    // What is loaded once stays.
    await use();
    const before = openSockets();
    for (let each = 0; each < 3; each += 1) await use();
    await until('no more are open', () => openSockets() <= before);
  });
});

/** Also those that Node knows nothing of. */
const openSockets = (): number =>
  readdirSync('/proc/self/fd').filter((each) => {
    try {
      return readlinkSync(`/proc/self/fd/${each}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
