// Owns: the network telehash between repositories: streams both ways, and what becomes of links and nodes that go.
// Leaves: nodes of telehash's own (interplay.test.ts), and hostile ones (hostile.test.ts).
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { formatPeerUrl, type PeerAddress } from '../../../../../src/shared/p2p/address.ts';
import { until } from '../../../../support/next-line.ts';
import { startTcpProxy } from '../../../../support/tcp-proxy.ts';
import { echo, readAll, sum } from '../streams.ts';
import { closing, makeNodes } from './scene.ts';

const BIG_BYTES = 10 * 1024 * 1024;

test('carries bytes both ways, over the link that one of both has made', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  await a.listen(echo);
  await b.listen(echo);
  const there = await a.dial(await b.address());
  there.end('hello');
  expect((await readAll(there)).toString()).toBe('hello');
  const back = await b.dial(await a.address());
  back.end('and back');
  expect((await readAll(back)).toString()).toBe('and back');
});

test('carries much, and no more than is taken', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  const came: Duplex[] = [];
  await a.listen((stream) => void came.push(stream));
  const stream = await b.dial(await a.address());
  const much = randomBytes(BIG_BYTES);
  let written = 0;
  const writing = (async () => {
    for (let at = 0; at < much.length; at += 65_536) {
      if (!stream.write(much.subarray(at, at + 65_536))) await once(stream, 'drain');
      written = at;
    }
    stream.end();
  })();
  await until('it came', () => came.length === 1);
  const before = written;
  await new Promise((resolve) => setImmediate(resolve));
  expect(before).toBeLessThan(BIG_BYTES / 2);
  const [other] = came;
  if (other === undefined) throw new Error('nobody came');
  const read = await readAll(other);
  await writing;
  expect(sum(read)).toBe(sum(much));
  // The other half is open still.
  other.end('thanks');
  expect((await readAll(stream)).toString()).toBe('thanks');
});

test('many streams go over one link, and each ends for itself', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  await a.listen(echo);
  const to = await a.address();
  const streams = await Promise.all(Array.from({ length: 20 }, () => b.dial(to)));
  streams[3]?.destroy();
  const rest = streams.filter((_stream, index) => index !== 3);
  const said = await Promise.all(
    rest.map((stream, index) => {
      stream.end(`${index}`.repeat(1_000));
      return readAll(stream);
    }),
  );
  expect(said.map((each) => each.length)).toEqual(rest.map((_stream, index) => `${index}`.length * 1_000));
});

test('a node that moved is reached by the link that it made', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  await a.listen(echo);
  await b.listen(echo);
  const kept = await b.dial(await a.address());
  const address = await b.address();
  const moved: PeerAddress = { kind: 'p2p', network: 'telehash', address: addressOf(address).slice(0, 52) };
  const stream = await a.dial(moved);
  stream.end('there you are');
  expect((await readAll(stream)).toString()).toBe('there you are');
  kept.destroy();
});

const addressOf = (address: PeerAddress): string => (address.kind === 'p2p' ? address.address : '');

test('nobody there, another one there, and itself are unreachable', async () => {
  const { a, b, c } = await makeNodes(['a', 'b', 'c']);
  const [ofA, ofB] = [await a.address(), await b.address()];
  await expect(a.dial(ofB)).rejects.toMatchObject({ code: 'unreachable', detail: expect.not.stringContaining('127.') });
  await expect(a.dial(ofA)).rejects.toMatchObject({ code: 'unreachable' });
  // The way to B behind the name of C.
  const way = addressOf(ofB);
  const ofC = addressOf(await c.address());
  const wrong: PeerAddress = { kind: 'p2p', network: 'telehash', address: `${ofC.slice(0, 52)}${way.slice(52)}` };
  await b.listen(echo);
  await expect(a.dial(wrong)).rejects.toMatchObject({
    code: 'unreachable',
    detail: expect.stringContaining('another'),
  });
});

test('who does not serve takes no stream over a link that it made', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  await a.listen(echo);
  const stream = await b.dial(await a.address());
  const name = addressOf(await b.address()).slice(0, 52);
  await expect(a.dial({ kind: 'p2p', network: 'telehash', address: name })).rejects.toMatchObject({
    code: 'unreachable',
  });
  stream.destroy();
});

test('a link that takes no streams stays as it is, and another way to the same node is taken', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  await a.listen(echo);
  // B dials, and does not serve.
  const kept = await b.dial(await a.address());
  await expect(a.dial(await b.address())).rejects.toMatchObject({ code: 'unreachable' });
  kept.end('still here');
  expect((await readAll(kept)).toString()).toBe('still here');
});

test('a connection that is cut fails its streams, and the next one goes by a new link', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  const { port, cut } = await startTcpProxy(onTestFinished, '127.0.0.1', a.port);
  const to = await a.address({ telehashPaths: [`127.0.0.1:${port}`] });
  await a.listen(echo);
  const stream = await b.dial(to);
  stream.write('x');
  await once(stream, 'readable');
  const failed = closing(stream);
  cut();
  await failed;
  expect(stream.errored).toMatchObject({ code: 'dropped' });
  const again = await b.dial(to);
  again.end('again');
  expect((await readAll(again)).toString()).toBe('again');
});

test('its key is made once, is nobody else’s to read, and makes its name', async () => {
  const { a } = await makeNodes(['a']);
  const address = await a.address();
  expect(await a.address()).toEqual(address);
  const file = join(a.context.gitDir, 'annex', 'creds', 'telehash');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ hashname: addressOf(address).slice(0, 52) });
  expect(formatPeerUrl(address)).not.toContain(JSON.parse(readFileSync(file, 'utf8')).secrets['3a']);
});

test('closing leaves neither a socket nor a timer', async () => {
  const before = process.getActiveResourcesInfo().filter((each) => /TCP|Timeout/.test(each)).length;
  const { a, b } = await makeNodes(['a', 'b']);
  const listening = await a.listen(() => undefined);
  const stream = await b.dial(await a.address());
  const closed = closing(stream);
  await listening.close(AbortSignal.abort());
  stream.destroy();
  await closed;
  const after = (): number => process.getActiveResourcesInfo().filter((each) => /TCP|Timeout/.test(each)).length;
  await until('all is gone', () => after() <= before + 1);
  await expect(b.dial(await a.address())).rejects.toMatchObject({ code: 'unreachable' });
});

test('a dialling that is given up says so', async () => {
  const { a, b } = await makeNodes(['a', 'b']);
  const deaf = net.createServer(() => undefined).listen(a.port, '127.0.0.1');
  onTestFinished(() => void deaf.close());
  await once(deaf, 'listening');
  const giveUp = new AbortController();
  const dialling = b.dial(await a.address(), giveUp.signal);
  setImmediate(() => giveUp.abort(new Error('enough')));
  await expect(dialling).rejects.toThrow('enough');
});

test('without the package, one line says what to install', async () => {
  const { a } = await makeNodes(['a'], { telehashModule: '/nowhere' });
  await expect(a.address()).rejects.toMatchObject({
    code: 'not-set-up',
    detail: expect.stringMatching(/^[^\n]{1,450} npm i [^\n]*telehash@0\.4\.18$/),
  });
});
