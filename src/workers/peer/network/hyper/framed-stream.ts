// Owns: a stream of Node over one of hyperdht: with halves that end by themselves, and no more than the reader has room for.
// Leaves: how much that is (credit.ts), and opening it (hyper.ts, listening.ts).
import { Duplex } from 'node:stream';
import { DaemonError } from '../../../../shared/failures.ts';
import { within } from '../../../../shared/timing/within.ts';
import { CLOSING } from '../../../patience.ts';
import { createIntake, FIRST_WINDOW_BYTES, MOST_WINDOW_BYTES } from './credit.ts';
import type { SecretStream } from './node.ts';

/** The first byte of each message. */
const DATA = 0;
/** The other side may send so many bytes more: four, the highest first. */
const ROOM = 1;
/** No more DATA comes. */
const END = 2;
/** The first message of each side, before it has heard any: which of these rules it knows, and maybe more, which is passed over. */
const HELLO = 3;
/** Both go by the lower of the two; the first. */
const VERSION = 1;

const MOST_PIECE_BYTES = 64 * 1024;
/** What was written before the end, to arrive where nobody waits for that any more: a kernel does as much for its sockets. */
const LINGER_MS = 30_000;

/** `release` is called once, when no more of it is in use. */
export function framedStream(secret: SecretStream, release: () => Promise<void>): Duplex {
  const intake = createIntake();
  const ends = { isSaid: false, isHeard: false };
  let isGreeted = false;
  const output = createOutput(secret);
  const closed = new Promise<void>((resolve) => void secret.once('close', () => resolve()));
  const tellRoom = (): void => {
    const more = stream.destroyed ? 0 : intake.allow(stream.readableLength);
    if (more > 0) secret.write(message(secret, ROOM, bytesOf(more)));
  };
  const stream = new Duplex({
    allowHalfOpen: true,
    readableHighWaterMark: MOST_PIECE_BYTES,
    writableHighWaterMark: MOST_PIECE_BYTES,
    // What is being read still counts as unread then, and nothing tells once more that it was.
    read: () => queueMicrotask(tellRoom),
    write: (chunk: Buffer, _encoding, done) => output.write(chunk, done),
    final: (done) => {
      ends.isSaid = true;
      secret.write(message(secret, END));
      void Promise.race([secret.flush(), closed]).then(() => done());
    },
    destroy: (error, done) => {
      output.giveUp(error ?? gone());
      const over = error || !ends.isSaid ? cut(secret, closed) : bringAway(secret, closed);
      const released = over.then(release);
      // Whoever drops what was ended does not wait for the other side.
      if (ends.isSaid) done(error);
      else void released.then(() => done(error), done);
    },
  });
  const hear = (bytes: Buffer): void => {
    if (stream.destroyed) return;
    const [kind] = bytes;
    const rest = bytes.subarray(1);
    if (!isGreeted) {
      isGreeted = kind === HELLO && (rest[0] ?? 0) >= VERSION;
      if (!isGreeted) breach('the peer speaks in another way over hyper than this version does');
    } else if (kind === DATA && !ends.isHeard && intake.take(rest.length)) stream.push(rest);
    else if (kind === END && !ends.isHeard) {
      ends.isHeard = true;
      stream.push(null);
    } else if (kind !== ROOM || rest.length !== 4 || !output.allow(rest.readUInt32BE()))
      breach('the peer does not keep to what streams of hyper are made of');
  };
  const breach = (why: string): void => void stream.destroy(new DaemonError('dropped', why));
  const lost = (cause?: Error): void => {
    // All was said: what is not read yet is here.
    if (!ends.isSaid || !ends.isHeard) stream.destroy(gone(cause));
  };
  secret.write(message(secret, HELLO, Uint8Array.of(VERSION)));
  secret
    .on('data', hear)
    .on('drain', output.goOn)
    .on('error', lost)
    .on('close', () => lost());
  return stream;
}

/** No more than the other side allows, and than there is room for here. */
function createOutput(secret: SecretStream) {
  let credit = FIRST_WINDOW_BYTES;
  /** Goes on with what could not be written yet, or gives it up. */
  let blocked: ((error?: Error) => void) | undefined;
  const resume = (error?: Error): void => {
    const next = blocked;
    blocked = undefined;
    next?.(error);
  };
  const write = (chunk: Buffer, done: (error?: Error | null) => void): void => {
    const piece = chunk.subarray(0, Math.min(credit, MOST_PIECE_BYTES));
    const rest = chunk.subarray(piece.length);
    const next = (error?: Error): void => (error || rest.length === 0 ? done(error) : write(rest, done));
    credit -= piece.length;
    const hasRoom = piece.length === 0 || secret.write(message(secret, DATA, piece));
    if (hasRoom && (credit > 0 || rest.length === 0)) next();
    else blocked = next;
  };
  return {
    write,
    goOn: () => {
      if (credit > 0) resume();
    },
    giveUp: resume,
    /** False: nobody allows so much. */
    allow: (bytes: number): boolean => {
      credit += bytes;
      if (credit > MOST_WINDOW_BYTES) return false;
      resume();
      return true;
    },
  };
}

const gone = (cause?: Error): DaemonError =>
  new DaemonError('dropped', 'the peer is gone', ...(cause ? [{ cause }] : []));

async function bringAway(secret: SecretStream, closed: Promise<void>): Promise<void> {
  await within(Promise.race([secret.flush(), closed]), LINGER_MS);
  secret.end();
  await within(closed, CLOSING.childMs);
  await cut(secret, closed);
}

async function cut(secret: SecretStream, closed: Promise<void>): Promise<void> {
  secret.destroy();
  await within(closed, CLOSING.lastWordsMs);
}

function message(secret: SecretStream, kind: number, rest: Uint8Array = new Uint8Array()): Uint8Array {
  const all = secret.alloc(1 + rest.length);
  all[0] = kind;
  all.set(rest, 1);
  return all;
}

function bytesOf(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}
