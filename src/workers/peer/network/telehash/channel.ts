// Owns: one channel of a link as a stream, with two halves that end and fail on their own.
// Leaves: order and bounds (halves.ts), carrying packets (link.ts), and which channels there are (channels.ts).
// telehash.org v3, channels/stream; telehash 0.4.18, ext/stream. What is said is what telehash's own stream says: `end` ends
// one half, `err` both. Its own streams end wholly when one half does.
import { Duplex } from 'node:stream';
import { DaemonError } from '../../../../shared/failures.ts';
import { createReceivingHalf, createSendingHalf } from './halves.ts';
import type { Head } from './packets.ts';

/** The package cuts at 1000, and takes any. */
const MOST_BODY_BYTES = 16 * 1024;

export interface ChannelPort {
  /** Resolves when there is room for more; rejects when the link is over. */
  readonly send: (head: Head, body?: Uint8Array) => Promise<void>;
  readonly remove: () => void;
}

export interface Channel {
  readonly stream: Duplex;
  readonly receive: (head: Head, body: Buffer) => void;
  readonly fail: (why: DaemonError) => void;
  /** The other side has taken it. Rejects with a DaemonError. */
  readonly taken: Promise<void>;
}

/** `who`: has opened it, by a packet that is the first, and holds nothing of the stream. */
export function createChannel(id: number, who: 'us' | 'them', { send, remove }: ChannelPort): Channel {
  const sending = who === 'us' ? createSendingHalf(1, 0) : createSendingHalf(0, 0);
  const receiving = createReceivingHalf(who === 'us' ? 0 : 1);
  const { promise: taken, resolve: take, reject: refuse } = withResolvers();
  const state = { isTaken: who === 'them', isFull: false, isEnded: false, isAcking: false, isOver: false };

  const say = async (head: Head, body?: Uint8Array): Promise<void> => {
    const seq = await sending.next();
    await send({ c: id, seq, ack: receiving.taken(), ...head }, body);
  };
  const write = async (bytes: Buffer): Promise<void> => {
    for (let at = 0; at < bytes.length; at += MOST_BODY_BYTES) await say({}, bytes.subarray(at, at + MOST_BODY_BYTES));
  };
  const acknowledge = (): void => {
    if (state.isAcking || state.isOver) return;
    state.isAcking = true;
    // Once for all that has come meanwhile.
    setImmediate(() => {
      state.isAcking = false;
      if (!state.isOver) void send({ c: id, ack: receiving.taken() }).catch(() => undefined);
    });
  };
  const deliver = (): void => {
    while (!state.isFull && !state.isEnded) {
      const piece = receiving.take();
      if (piece === undefined) return;
      acknowledge();
      if (piece.body.length > 0) state.isFull = !stream.push(piece.body);
      state.isEnded = piece.isLast;
      if (piece.isLast) stream.push(null);
    }
  };
  const stop = (why: DaemonError): void => {
    state.isOver = true;
    sending.end(why);
    receiving.clear();
    refuse(why);
    remove();
  };
  const fail = (why: DaemonError): void => {
    stop(why);
    stream.destroy(why);
  };
  const stream = new Duplex({
    read: () => {
      state.isFull = false;
      deliver();
    },
    write: (chunk: Buffer, _encoding, done) => void write(chunk).then(() => done(), done),
    writev: (chunks, done) => void write(Buffer.concat(chunks.map(({ chunk }) => chunk))).then(() => done(), done),
    final: (done) => void say({ end: true }).then(() => done(), done),
    destroy: (error, done) => {
      const isWhole = stream.readableEnded && stream.writableFinished;
      if (!state.isOver && !isWhole) void send({ c: id, err: 'closed' }).catch(() => undefined);
      stop(new DaemonError('dropped', 'the stream is closed'));
      done(error);
    },
  });
  // Whoever has it hears of it; nobody may have it yet.
  stream.on('error', () => undefined);
  const refused = (): DaemonError =>
    state.isTaken
      ? new DaemonError('dropped', 'the peer has closed the stream')
      : new DaemonError('unreachable', 'the peer takes no streams');
  if (who === 'them') acknowledge();
  return {
    stream,
    taken,
    fail,
    receive: (head, body) => {
      if (state.isOver) return;
      if (sending.acknowledged(head.ack)) {
        state.isTaken = true;
        take();
      }
      const kept = receiving.keep(head.seq, { body, isLast: head.end === true });
      if (kept === 'again') acknowledge();
      if (head.err !== undefined) fail(refused());
      else if (kept === 'too-much') fail(new DaemonError('dropped', 'the peer sends more than is taken'));
      else deliver();
    },
  };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (why: DaemonError) => void } {
  let [resolve, reject] = [(): void => undefined, (_why: DaemonError): void => undefined];
  const promise = new Promise<void>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
