// Owns: what a server that has let us in cannot do to the thread: an embedded one that breaks the protocol by name.
// Leaves: what it may say as a watcher (test/workers/ssh/watch), logging in (ssh2-connection.test.ts).
import { expect, onTestFinished, test } from 'vitest';
import { lacksPeers } from '../../../support/peers.ts';
import type { Exec } from '../../../support/ssh-peer.ts';
import { CONNECTED, makeWorld, openLink } from '../link.ts';

/** The inside of ssh2's server, which keeps to the protocol by itself. */
interface Protocol {
  readonly channelData: (id: number, data: Buffer) => void;
  readonly channelExtData: (id: number, data: Buffer, type: number) => void;
  readonly channelEOF: (id: number) => void;
  channelOpenConfirm: (recipient: number, sender: number, window: number, packetSize: number) => void;
  readonly _packetRW: {
    readonly write: { allocStart: number; alloc: (n: number) => Buffer; finalize: (b: Buffer) => Buffer };
  };
  readonly _cipher: { readonly encrypt: (packet: Buffer) => void };
}

interface Inside {
  readonly _client: { readonly _protocol: Protocol };
  readonly outgoing: { readonly id: number };
}

function inside({ channel }: Exec): { readonly protocol: Protocol; readonly id: number } {
  const { _client, outgoing } = channel as unknown as Inside;
  return { protocol: _client._protocol, id: outgoing.id };
}

function sendRaw({ _packetRW: { write }, _cipher }: Protocol, payload: Buffer): void {
  const start = write.allocStart;
  const packet = write.alloc(payload.length);
  payload.copy(packet, start);
  _cipher.encrypt(write.finalize(packet));
}

const IGNORE = Buffer.concat([Buffer.from([2, 0, 0, 0, 100]), Buffer.alloc(100)]);
const LINES = Buffer.from(`CHANGED ${'a'.repeat(40)}\n`.repeat(600));

const MISDEEDS: readonly [string, RegExp, (exec: Exec) => void][] = [
  [
    'sends more than it may',
    /sends more than it may/,
    (exec) => {
      const { protocol, id } = inside(exec);
      for (let sent = 0; sent < 24 * 1024 * 1024; sent += LINES.length) protocol.channelData(id, LINES);
    },
  ],
  [
    'sends more than it may on stderr',
    /sends more than it may/,
    (exec) => {
      const { protocol, id } = inside(exec);
      for (let sent = 0; sent < 24 * 1024 * 1024; sent += LINES.length) protocol.channelExtData(id, LINES, 1);
    },
  ],
  [
    'sends packets that are for nothing',
    /sends too much that is for nothing/,
    (exec) => {
      for (let sent = 0; sent < 8 * 1024 * 1024; sent += IGNORE.length) sendRaw(inside(exec).protocol, IGNORE);
    },
  ],
  [
    'sends its output byte by byte',
    /sends too much that is for nothing/,
    (exec) => {
      const { protocol, id } = inside(exec);
      for (let sent = 0; sent < 100_000; sent += 1) protocol.channelExtData(id, Buffer.from('x'), 1);
    },
  ],
];

test.skipIf(lacksPeers('an ssh2 link', 'ssh')).each(MISDEEDS)(
  'a server that %s ends its link',
  async (_what, detail, misbehave) => {
    const { scratch, peer, target } = await makeWorld(onTestFinished);
    peer.script((exec) => {
      exec.channel.write('READY\n');
      misbehave(exec);
    });
    const link = openLink(onTestFinished, scratch, target);
    expect(await link.ended).toMatchObject({ code: 'too-much-noise', detail: expect.stringMatching(detail) });
  },
);

test.skipIf(lacksPeers('an ssh2 link', 'ssh'))('what comes behind an end is nothing', async () => {
  const { scratch, peer, target } = await makeWorld(onTestFinished);
  peer.script((exec) => {
    const { protocol, id } = inside(exec);
    exec.channel.write('READY\n');
    protocol.channelEOF(id);
    protocol.channelExtData(id, Buffer.from('late\n'), 1);
    protocol.channelData(id, Buffer.from('late\n'));
    exec.channel.exit(1);
    exec.channel.close();
  });
  const link = openLink(onTestFinished, scratch, target);
  await link.reports.next(CONNECTED);
  expect(await link.ended).toMatchObject({ code: 'dropped' });
});

test.skipIf(lacksPeers('an ssh2 link', 'ssh'))('a server that takes packets of no size ends its link', async () => {
  const { scratch, peer, target } = await makeWorld(onTestFinished);
  peer.script((exec) => {
    const { protocol } = inside(exec);
    const confirm = protocol.channelOpenConfirm.bind(protocol);
    protocol.channelOpenConfirm = (recipient, sender, window) => confirm(recipient, sender, window, 0);
    exec.channel.write('READY\n');
  });
  const link = openLink(onTestFinished, scratch, target);
  await link.reports.next(CONNECTED);
  await link.compare().catch(() => undefined);
  expect(await link.ended).toMatchObject({ code: 'too-much-noise', detail: expect.stringMatching(/takes no packets/) });
});
