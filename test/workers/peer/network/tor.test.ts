// Owns: the network tor, with a proxy of the tests and real sockets: streams both ways, and what is told where it fails.
// Leaves: torrc's spellings (torrc.test.ts), and tor itself (test/end-to-end/peers-annex-tor.test.ts).
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PeerAddress } from '../../../../src/shared/p2p/address.ts';
import type { Listening, NetworkContext } from '../../../../src/workers/peer/network/network.ts';
import { createTor } from '../../../../src/workers/peer/network/tor.ts';
import { freePort } from '../../../support/free-port.ts';
import { until } from '../../../support/next-line.ts';
import { openFilesOf } from '../../../support/processes.ts';
import { type Behaviour, socksServer } from '../../../support/socks-server.ts';
import { makeScratch } from '../../../support/temp-repo.ts';
import { echo, readAll, sum } from './streams.ts';

const MANY = 50;
const BIG_BYTES = 20 * 1024 * 1024;
const UUID = '8a3f0c5e-0001-4e5f-9c2b-1f0e6c2d7a11';
const ONION = `${'a'.repeat(56)}.onion`;
const HERE: PeerAddress = { kind: 'tor', onion: ONION, port: 4242 };
const ever = new AbortController().signal;
const uid = process.getuid?.() ?? 0;

/** A torrc with a hidden service of this account, unless other lines are given. */
async function setUp({
  lines,
  reachMs = 40_000,
  greetingMs = 40_000,
}: {
  lines?: string[];
  reachMs?: number;
  greetingMs?: number;
} = {}) {
  const scratch = makeScratch(onTestFinished);
  const [torrc, folder] = [join(scratch.directory, 'torrc'), join(scratch.directory, 'at')];
  const [socket, keys] = [join(folder, 's'), join(scratch.directory, `tor-annex_${uid}_${UUID}`)];
  const usual = [`HiddenServiceDir ${keys}`, `HiddenServicePort 4242 unix:${socket}`];
  writeFileSync(torrc, `${(lines ?? usual).join('\n')}\n`);
  mkdirSync(folder);
  const socks = await socksServer(onTestFinished);
  socks.lead(`${ONION}:4242`, socket);
  const tor = createTor({ torrcs: [join(scratch.directory, 'none'), torrc], limits: { greetingMs, reachMs } });
  const context: NetworkContext = {
    directory: scratch.directory,
    gitDir: scratch.directory,
    environment: scratch.env,
    torProxy: socks.proxy,
    settings: {},
    secrets: {},
    noteChild: () => undefined,
    log: () => undefined,
  };
  return {
    ...{ scratch, socks, folder, socket, keys, torrc, context, tor },
    dial: async (signal = new AbortController().signal): Promise<Duplex> => {
      const stream = await tor.dial(HERE, context, signal);
      onTestFinished(() => void stream.destroy());
      return stream;
    },
    listen: async (onStream: (stream: Duplex, at: PeerAddress) => void, known = [HERE]): Promise<Listening> => {
      const listening = await tor.listen({ known, uuid: UUID, onStream }, context, ever);
      onTestFinished(() => listening.close(ever));
      return listening;
    },
  };
}

describe('tor', () => {
  test('brings streams by its proxy to the socket of a hidden service', async () => {
    const { dial, listen, socket, socks } = await setUp();
    const came: PeerAddress[] = [];
    const listening = await listen((stream, at) => {
      came.push(at);
      echo(stream);
    });
    expect(listening).toMatchObject({ addresses: [HERE], how: `tor's hidden service, by the socket ${socket}` });
    const stream = await dial();
    stream.end('hello');
    expect(String(await readAll(stream))).toBe('hello');
    expect(came).toEqual([HERE]);
    expect(socks.asked).toEqual([`${ONION}:4242`]);
    // Tor is another account.
    expect(lstatSync(socket).mode & 0o777).toBe(0o666);
    await listening.close(ever);
    expect(existsSync(socket)).toBe(false);
  });

  test.each(['serves in crumbs', 'serves at once'] as const)('takes it as it comes where its proxy %s', async (how) => {
    const { dial, listen, socks } = await setUp();
    socks.behave(how);
    await listen((stream) => {
      stream.write('welcome ');
      echo(stream);
    });
    const stream = await dial();
    stream.end('hello');
    expect(String(await readAll(stream))).toBe('welcome hello');
  });

  test('carries 20 MB each way at once, and the end of each way by itself', async () => {
    const { dial, listen } = await setUp();
    const [there, back] = [randomBytes(BIG_BYTES), randomBytes(BIG_BYTES)];
    let came: Promise<Buffer> | undefined;
    await listen((stream) => {
      came = readAll(stream);
      stream.write(back);
      void came.then(() => stream.end('!'));
    });
    const stream = await dial();
    stream.end(there);
    const got = await readAll(stream);
    expect(String(got.subarray(BIG_BYTES))).toBe('!');
    expect(sum(got.subarray(0, BIG_BYTES))).toBe(sum(back));
    expect(sum((await came) ?? Buffer.of())).toBe(sum(there));
  });

  test('carries many streams at once, and keeps nothing of them', async () => {
    const { dial, listen, socks } = await setUp();
    const listening = await listen(echo);
    const before = openFilesOf(process.pid).length;
    const streams = await Promise.all(Array.from({ length: MANY }, () => dial()));
    for (const [index, stream] of streams.entries()) stream.end(`hello ${index}`);
    const said = await Promise.all(streams.map(async (stream) => String(await readAll(stream))));
    expect(said).toEqual(streams.map((_stream, index) => `hello ${index}`));
    await until('all are gone', () => socks.open() === 0 && streams.every((stream) => stream.closed));
    await listening.close(ever);
    await until('all is closed', () => openFilesOf(process.pid).length <= before);
  });

  test('cuts a stream when tor does', async () => {
    const { dial, listen, socks } = await setUp();
    await listen(echo);
    const stream = await dial();
    stream.write('hello');
    await new Promise((resolve) => stream.once('data', resolve));
    socks.cut();
    await readAll(stream);
    // The first that comes to nobody is answered with a reset.
    await until('it is closed', () => stream.closed || !stream.write('more'));
  });
});

describe('a proxy', () => {
  test.each<[Behaviour, string]>([
    [4, 'it is not online: tor finds no such hidden service now'],
    [5, 'it is not online: its hidden service is there, and nobody listens behind it'],
    [1, 'tor could not reach it'],
    [240, 'it is not online: tor finds no such hidden service now'],
    [99, 'tor could not reach it (99)'],
    ['wants a login', "tor's proxy at HERE wants a login"],
    ['is a web server', 'what listens at HERE is no SOCKS5 proxy: see remotedaemon.torProxy'],
    ['replies an odd address', 'what listens at HERE is no SOCKS5 proxy: see remotedaemon.torProxy'],
    ['ends at once', "tor's proxy at HERE ended without an answer"],
    ['ends when it is asked', "tor's proxy at HERE ended without an answer"],
    ['ends in the middle of its reply', "tor's proxy at HERE ended without an answer"],
  ])('that answers %s is understood', async (how, detail) => {
    const { dial, socks } = await setUp();
    socks.behave(how);
    const here = `${socks.proxy.host}:${socks.proxy.port}`;
    await expect(dial()).rejects.toMatchObject({ code: 'unreachable', detail: detail.replace('HERE', here) });
    await until('nothing of it is left', () => socks.open() === 0);
  });

  test('that is not there is told of', async () => {
    const { tor, context } = await setUp();
    const torProxy = { host: '127.0.0.1', port: await freePort('127.0.0.1') };
    await expect(tor.dial(HERE, { ...context, torProxy }, ever)).rejects.toMatchObject({
      code: 'unreachable',
      detail: `tor is not running at 127.0.0.1:${torProxy.port}`,
    });
  });

  test.each<[Behaviour, { greetingMs?: number; reachMs?: number }, string]>([
    ['says nothing', { greetingMs: 50 }, 'has not answered within 0.05 s'],
    ['hangs when it is asked', { reachMs: 50 }, 'tor has not reached the peer within 0.05 s'],
  ])('that %s is given up, by time and by whoever asks', async (how, limits, detail) => {
    const hasty = await setUp(limits);
    hasty.socks.behave(how);
    await expect(hasty.dial()).rejects.toMatchObject({ code: 'timed-out', detail: expect.stringContaining(detail) });
    const { dial, socks } = await setUp();
    socks.behave(how);
    const asking = new AbortController();
    const dialled = dial(asking.signal);
    await until('it is asked', () => socks.open() === 1);
    asking.abort(new Error('enough'));
    await expect(dialled).rejects.toThrow('enough');
    await until('nothing of it is left', () => socks.open() + hasty.socks.open() === 0);
  });
});

describe('a hidden service', () => {
  test('that is not set up is told of, with what to do', async () => {
    const none = await setUp({ lines: ['SocksPort 9050'] });
    await expect(none.listen(echo)).rejects.toMatchObject({
      code: 'not-set-up',
      detail: `this repository has no hidden service: run git annex enable-tor, or put these lines into ${none.torrc}: HiddenServiceDir /var/lib/tor/tor-annex_${uid}_${UUID}; HiddenServicePort 4242 unix:/var/lib/tor-annex/${uid}_${UUID}/s`,
    });
    rmSync(none.torrc);
    await expect(none.listen(echo)).rejects.toMatchObject({ code: 'not-set-up', detail: /^tor is not installed/ });
    mkdirSync(none.torrc);
    await expect(none.listen(echo)).rejects.toMatchObject({ code: 'not-set-up', detail: /cannot be read$/ });
  });

  test('whose folder is not there, or whose name nobody knows, is told of', async () => {
    const { folder, listen, keys, socket } = await setUp();
    await expect(listen(echo, [])).rejects.toMatchObject({
      code: 'not-set-up',
      detail: /write tor-annex::ONION:4242 to \.git\/annex\/creds\/p2paddrs/,
    });
    mkdirSync(keys);
    writeFileSync(join(keys, 'hostname'), `${ONION}\n`);
    expect((await listen(echo, [])).addresses).toEqual([HERE]);
    rmSync(socket);
    rmSync(folder, { recursive: true });
    await expect(listen(echo)).rejects.toMatchObject({ code: 'not-set-up', detail: /is not there for .*: mkdir -p/ });
  });

  test('has the address that goes with its port', async () => {
    const { listen } = await setUp();
    const others: PeerAddress[] = [
      { kind: 'p2p', network: 'sock', address: 'me' },
      { kind: 'tor', onion: `${'b'.repeat(56)}.onion`, port: 80 },
    ];
    expect((await listen(echo, [...others, HERE])).addresses).toEqual([HERE]);
  });
});
