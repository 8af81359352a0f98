// Owns: that nodes of the package telehash itself are reached, and reach us, with its own transport and streams.
// Leaves: what is ours at both ends (telehash.test.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import {
  decodeBase32,
  encodeBase32,
  formatTelehashAddress,
  parseTelehashAddress,
} from '../../../../../src/shared/p2p/telehash-address.ts';
import { createLineLog } from '../../../../support/next-line.ts';
import { echo } from '../streams.ts';
import { makeNodes } from './scene.ts';

interface RealNode {
  readonly child: ChildProcess;
  readonly lines: ReturnType<typeof createLineLog>;
  readonly hashname: string;
  readonly keys: Readonly<Record<string, string>>;
  readonly port: number;
}

async function startReal(link?: object): Promise<RealNode> {
  const program = join(import.meta.dirname, 'real-telehash.mjs');
  const child = spawn(process.execPath, [program, ...(link ? [JSON.stringify(link)] : [])], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  const lines = createLineLog('telehash');
  createInterface(child.stdout).on('line', lines.push);
  return { child, lines, ...(await nextOf(lines, /hashname/)) };
}

const nextOf = async (lines: RealNode['lines'], match: RegExp) => JSON.parse((await lines.next(match)).text);

test('a node of telehash is reached by its hashname, its key and where it listens', async () => {
  const real = await startReal();
  const { a } = await makeNodes(['a']);
  const key = decodeBase32(real.keys['3a'] ?? '') ?? new Uint8Array();
  const way = { key, paths: [{ ip: '127.0.0.1', port: real.port }] };
  const address = formatTelehashAddress({ hashname: real.hashname, way });
  const stream = await a.dial({ kind: 'p2p', network: 'telehash', address });
  const said = Buffer.alloc(300_000, 'as it was said ');
  let came = 0;
  stream.on('data', (bytes: Buffer) => {
    came += bytes.length;
    if (came === said.length) stream.end();
  });
  stream.write(said);
  await once(stream, 'end');
  expect(came).toBe(said.length);
});

test('a node of telehash reaches us by what our address says', async () => {
  const { a } = await makeNodes(['a']);
  await a.listen(echo);
  const address = await a.address();
  const { way } = parseTelehashAddress(address.kind === 'p2p' ? address.address : '') ?? {};
  if (way === undefined) throw new Error('the address tells no way');
  const paths = way.paths.map(({ ip, port }) => ({ type: 'tcp4', ip, port }));
  const real = await startReal({ keys: { '3a': encodeBase32(way.key) }, paths });
  real.child.stdin?.end('hello');
  expect(await nextOf(real.lines, /came/)).toEqual({ came: Buffer.from('hello').toString('hex') });
  expect(await nextOf(real.lines, /ended|failed/)).toEqual({ ended: true });
});

test('a stream that we end is ended there, and one that we drop fails there', async () => {
  const { a } = await makeNodes(['a']);
  await a.listen((stream) => {
    stream.once('data', () => stream.destroy());
  });
  const address = await a.address();
  const { way } = parseTelehashAddress(address.kind === 'p2p' ? address.address : '') ?? {};
  const paths = way?.paths.map(({ ip, port }) => ({ type: 'tcp4', ip, port }));
  const real = await startReal({ keys: { '3a': encodeBase32(way?.key ?? new Uint8Array()) }, paths });
  real.child.stdin?.write('hello');
  expect(await nextOf(real.lines, /ended|failed/)).toEqual({ failed: 'closed' });
});
