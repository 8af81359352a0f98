// Owns: what a server, or anybody on the way to it, says or asks for before its keys are agreed on, and when it asks again.
// Leaves: the host key (test/hostile/host-keys.differential.test.ts), and logins (ssh2-connection.test.ts).
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { AtEnd } from '../../../support/at-end.ts';
import { lacksPeers } from '../../../support/peers.ts';
import { CONNECTED, makeWorld, openLink } from '../link.ts';

const FORGED = [
  'Too many authentication failures',
  'no\nroot@h: Permission denied (publickey).',
  'no\nHost key verification failed.',
  'Unsupported everything',
];

/** The program does not tell when it was said: it is asked again, but not at once. */
const isWarned = (options: string, text: string): boolean => options !== '' && text.startsWith('Too many');

test.skipIf(lacksPeers('goodbyes in clear', 'ssh'))(
  'a goodbye in clear is a connection that broke, whatever it says, to both clients',
  async () => {
    for (const options of ['', ' RevokedHostKeys /dev/null']) {
      for (const text of FORGED) {
        const world = await makeWorld(onTestFinished);
        world.client.configure(`Host *\n ConnectTimeout 20\n${options}`);
        const port = await listen(onTestFinished, (socket) => {
          socket.write('SSH-2.0-x\r\n');
          socket.end(packet(Buffer.concat([Buffer.from([1, 0, 0, 0, 14]), string(text), string('')])));
        });
        const failure = await openLink(onTestFinished, world.scratch, { ...world.target, port }).ended;
        expect([options, text, failure?.code]).toEqual([
          options,
          text,
          isWarned(options, text) ? 'maybe-refused' : 'dropped',
        ]);
      }
    }
  },
);

test.skipIf(lacksPeers('odd handshakes', 'ssh'))(
  'key exchange by a group of the server’s choice is left to the program, and packed packets are not taken',
  async () => {
    for (const algorithms of [{ kex: ['diffie-hellman-group-exchange-sha256'] }, { compress: ['zlib'] }] as const) {
      const world = await makeWorld(onTestFinished, { algorithms: { ...algorithms } as object });
      const link = openLink(onTestFinished, world.scratch, world.target);
      await link.reports.next(/^log trying the ssh program, since ssh2 and 127\.0\.0\.1 do not agree: .*no matching /);
      await link.close('now');
    }
  },
);

test.skipIf(lacksPeers('rekeying', 'ssh'))('a server may ask for new keys, but not again and again', async () => {
  const world = await makeWorld(onTestFinished);
  world.peer.script(({ channel, run }) => {
    run();
    const { _client: connection } = channel as unknown as { _client: { rekey: (done: () => void) => void } };
    let left = 20;
    const again = (): void => {
      if (left-- > 0) connection.rekey(again);
    };
    again();
  });
  const link = openLink(onTestFinished, world.scratch, world.target);
  await link.reports.next(CONNECTED);
  expect(await link.ended).toMatchObject({ code: 'too-much-noise', detail: expect.stringMatching(/new keys again/) });
});

function string(text: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}

/** A packet as it is before there are keys (RFC 4253 §6). */
function packet(payload: Buffer): Buffer {
  const padding = 16 - ((5 + payload.length) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head[4] = padding;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

async function listen(atEnd: AtEnd, greet: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => greet(socket.on('error', () => socket.destroy()).resume()));
  atEnd(() => void server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
