// Owns: a link to one node over one connection of TCP, from its first byte to its end with all its channels.
// Leaves: who is there (acquaintance.ts), the channels (channels.ts), and dialling and listening (node.ts).
// A link of telehash may go over several connections, and outlive them. Here both are one, so nothing has to be sent anew.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../../shared/failures.ts';
import { errorCode } from '../../../../shared/system/error-code.ts';
import { type Acquaintance, createAcquaintance, type Expected } from './acquaintance.ts';
import { type Channels, createChannels } from './channels.ts';
import type { Ciphers } from './ciphers.ts';
import { createFrameReader } from './frames.ts';
import { CIPHER_SET } from './hashname.ts';
import type { Identity } from './identity.ts';
import { formatJson, formatPacket, type Head, type Packet, parsePacket, readJson } from './packets.ts';
import { createSendQueue } from './send-queue.ts';

export interface LinkOptions {
  readonly socket: Socket;
  readonly own: Identity;
  readonly ciphers: Ciphers;
  /** Who is dialled; undefined: whoever comes. */
  readonly expected?: Expected;
  /** Undefined: none is taken. */
  readonly onStream: () => ((stream: Duplex) => void) | undefined;
}

export interface Link {
  /** Resolves with the hashname of the other node once it has shown who it is. Rejects with a DaemonError. */
  readonly known: Promise<string>;
  readonly channels: Channels;
  readonly end: (why: DaemonError) => void;
  /** Resolves when the connection is gone; never rejects. */
  readonly closed: Promise<void>;
}

/** To be reached, and for both to say who they are, by a processor that has other things to do. */
const HANDSHAKE_MS = 20_000;
/** A link without a channel is kept so long. */
const IDLE_MS = 60_000;
/** To let what was said last go out. */
const FAREWELL_MS = 500;
const KEEP_ALIVE_MS = 25_000;

export function openLink({ socket, own, ciphers, expected, onStream }: LinkOptions): Link {
  const { known, know, refuse } = createKnowing();
  let over: DaemonError | undefined;
  let patience = setTimeout(() => end(new DaemonError('unreachable', 'it does not say who it is')), HANDSHAKE_MS);

  const end = (why: DaemonError): void => {
    if (over !== undefined) return;
    over = why;
    clearTimeout(patience);
    queue.end(why);
    channels.end(why);
    refuse(why);
    socket.end();
    const gone = setTimeout(() => socket.destroy(), FAREWELL_MS);
    socket.once('close', () => clearTimeout(gone));
  };
  const fail = (error: unknown): void => end(failureIn(error));
  const queue = createSendQueue(socket, fail);
  const acquaintance: Acquaintance = createAcquaintance({
    ...{ own, ciphers, expected, send: queue.send },
    onKnown: (hashname, side) => {
      clearTimeout(patience);
      channels.start(side);
      know(hashname);
    },
  });
  const channels = createChannels({
    send: (head: Head, body: Uint8Array = Buffer.alloc(0)) =>
      queue.send(async () => {
        const keys = acquaintance.sealed();
        if (keys === undefined) throw new DaemonError('dropped', 'the peer is not known yet');
        return formatPacket(Buffer.alloc(0), keys.session.token, await keys.session.seal(formatJson(head, body)));
      }),
    onStream,
    onIdle: () => {
      patience = setTimeout(() => end(new DaemonError('dropped', 'the link was not used')), IDLE_MS);
    },
    onBusy: () => clearTimeout(patience),
    onSilent: (why) => end(why),
  });
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on('error', fail);
  void readAll(socket, acquaintance, channels).then(
    () => end(new DaemonError('dropped', 'the peer has closed the link')),
    fail,
  );
  acquaintance.begin();
  return { known, channels, end, closed };
}

/** To the end of the connection. Rejects with what it, or the other node, fails by. */
async function readAll(socket: Socket, acquaintance: Acquaintance, channels: Channels): Promise<void> {
  const packetsOf = createFrameReader();
  for await (const chunk of socket)
    for (const bytes of packetsOf(chunk)) {
      const packet = parsePacket(bytes);
      if (packet === undefined) throw UNREADABLE();
      if (packet.head.length === 0) await takeSealed(packet, acquaintance, channels);
      // Those of other cipher sets, and announcements, are not for us.
      else if (packet.head.toString('hex') === CIPHER_SET) await acquaintance.take(packet, bytes);
    }
}

async function takeSealed({ body }: Packet, acquaintance: Acquaintance, channels: Channels): Promise<void> {
  const keys = acquaintance.sealed();
  // Of a connection that was before this one.
  if (!keys?.token.equals(body.subarray(0, keys.token.length))) return;
  const inner = await keys.session.open(body.subarray(keys.token.length));
  const packet = inner && parsePacket(inner);
  const head = packet && readJson(packet);
  if (!head) throw UNREADABLE();
  channels.receive(head, packet.body);
}

const UNREADABLE = (): DaemonError => new DaemonError('dropped', 'what the peer sends cannot be read');

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there: its daemon does not run, or has moved',
  ETIMEDOUT: 'nobody answers there',
  EHOSTUNREACH: 'there is no way to it from here',
  ENETUNREACH: 'there is no way to it from here',
  ECONNRESET: 'the connection was cut',
};

function failureIn(error: unknown): DaemonError {
  if (error instanceof DaemonError) return error;
  const code = errorCode(error);
  // The system's own words would tell where the peer is.
  const detail = code === undefined ? (error instanceof Error ? error.message : String(error)) : WORDS[code];
  return new DaemonError('dropped', detail ?? `the connection failed (${code})`, { cause: error });
}

function createKnowing() {
  let [know, reject] = [(_hashname: string): void => undefined, (_why: DaemonError): void => undefined];
  const known = new Promise<string>((yes, no) => {
    [know, reject] = [yes, no];
  });
  known.catch(() => undefined);
  /** Whatever happens before it is known: nobody was reached. */
  const refuse = (why: DaemonError): void =>
    reject(why.code === 'dropped' ? new DaemonError('unreachable', why.detail, { cause: why }) : why);
  return { known, know, refuse };
}
