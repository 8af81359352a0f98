// Owns: what a server may make of an ssh2 connection that ssh2 itself does not look at: windows, packets, what is sent for nothing.
// Leaves: logging in (ssh2-connection.ts), what commands say (ssh2-channel.ts), the thread's memory (workers/memory-watch.ts).
import type { Duplex, Readable } from 'node:stream';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { type Allowance, createTokenBucket } from '../../../shared/timing/token-bucket.ts';

/**
 * Bytes that carry nothing for a command: banners, questions, key exchanges, padding, and the frames of many small
 * packets. A login takes 10 KiB; each of these packets costs time, and many are an answer that waits to be sent.
 */
const BESIDE: Allowance = { most: 2 * 1024 * 1024, perMs: 32 };
/** For each byte that a command says so many are taken for what it takes to carry it. */
const FRAME_BYTES = 2;
/** What we say there are questions: of an answer that nobody takes off the line there is never so much. */
const MOST_UNSENT_BYTES = 8 * 1024 * 1024;
/** Less makes packets of every byte that we send; at nothing at all ssh2 sends for ever. */
const LEAST_PACKET_BYTES = 64;

/** What of ssh2's Channel is used here, which it gives to us only when its command runs. */
interface RawChannel extends Readable {
  readonly stderr?: Readable;
  readonly incoming: { readonly window: number };
  readonly outgoing: { readonly packetSize: number };
}

/** The inside of ssh2's Client (client.js of the version in ssh2-parts/changes.ts): nothing else shows each channel from its first byte on. */
interface RawClient {
  readonly _chanMgr: { update: (id: number, channel: RawChannel) => void };
}

export interface LimitOptions {
  /** As the user calls the host. */
  readonly name: string;
  readonly fail: (why: DaemonError) => void;
  readonly received: (bytes: number) => void;
}

/** To be called when ssh2 was told to connect, and nothing has come yet. */
export function limitServer(client: object, stream: Duplex, { name, fail, received }: LimitOptions): void {
  const beside = createTokenBucket(BESIDE, () => performance.now());
  const tooMuch = (what: string): void => fail(new DaemonError('too-much-noise', `${printable(name)} ${what}`));
  const onBytes = (chunk: Buffer): void => {
    received(chunk.length);
    if (stream.writableLength > MOST_UNSENT_BYTES) tooMuch('does not take what it asks for');
    if (!beside.take(chunk.length)) tooMuch('sends too much that is for nothing');
  };
  // ssh2 begins to listen a little later, and must be there for the first byte.
  stream.once('resume', () => stream.on('data', onBytes));
  const { _chanMgr: channels } = client as RawClient;
  const update = channels.update.bind(channels);
  channels.update = (id, channel) => {
    limitChannel(channel, (bytes) => beside.spend(-bytes * (1 + FRAME_BYTES)), tooMuch);
    update(id, channel);
  };
}

function limitChannel(channel: RawChannel, carried: (bytes: number) => void, tooMuch: (what: string) => void): void {
  if (channel.outgoing.packetSize < LEAST_PACKET_BYTES) tooMuch('takes no packets of any use');
  for (const stream of channel.stderr ? [channel, channel.stderr] : [channel]) {
    // What comes behind an end, or is written too late; the command's exit tells.
    stream.on('error', () => undefined);
    const push = stream.push.bind(stream);
    stream.push = (chunk: Buffer | null) => {
      if (chunk === null) return push(chunk);
      // It is less than nothing only where the server sends what it was not asked for; unread, that would be kept.
      if (channel.incoming.window < 0) tooMuch('sends more than it may');
      carried(chunk.length);
      return channel.incoming.window < 0 ? false : push(chunk);
    };
  }
}
