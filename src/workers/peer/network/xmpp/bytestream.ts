// Owns: one in-band bytestream (XEP-0047) as a stream: blocks of base64, acknowledged one by one, in order, both ways.
// Leaves: opening and taking them, and whose block is whose (bytestreams.ts), and what is on its way (outgoing-blocks.ts).
import { Duplex } from 'node:stream';
import { DaemonError, failureOf } from '../../../../shared/failures.ts';
import { type Element, xml } from './library.ts';
import { createOutgoingBlocks, WINDOW } from './outgoing-blocks.ts';
import { StanzaRefused } from './requests.ts';
import { BYTESTREAMS } from './session.ts';

export interface Bytestream {
  readonly duplex: Duplex;
  /** A block came. Resolves when it is taken in; undefined: it is none that may come. */
  readonly take: (data: Element) => Promise<void> | undefined;
  /** The other side has closed it. */
  readonly closed: () => void;
  /** It is gone, and there is nobody to be told. */
  readonly lost: (why: DaemonError) => void;
}

export interface BytestreamOptions {
  readonly sid: string;
  /** With its resource. */
  readonly peer: string;
  readonly blockBytes: number;
  readonly request: (iq: Element, limitMs: number) => Promise<Element>;
  readonly onGone: () => void;
}

/** With sixteen blocks before it, at 3 kB/s, which is what some servers leave. */
const ACK_MS = 120_000;
const CLOSE_MS = 5_000;
/** Nothing came for so long: the other side is asked, as it may have lost the stream and be unable to say so. */
const QUIET_MS = 60_000;
const BASE64 = /^[\w+/]*={0,2}$/;

export function createBytestream({ sid, peer, blockBytes, request, onGone }: BytestreamOptions): Bytestream {
  let isClosed = false;
  const incoming = createIncoming(blockBytes);
  const about = (name: string, attrs: Readonly<Record<string, string | number>>, ...text: string[]): Element =>
    xml('iq', { type: 'set', to: peer }, xml(name, { xmlns: BYTESTREAMS, sid, ...attrs }, ...text));
  const blocks = createOutgoingBlocks({
    blockBytes,
    send: async (block, seq) => void (await request(about('data', { seq }, block.toString('base64')), ACK_MS)),
    onFailure: (error) => {
      const why = failureBehind(error);
      blocks.stop(why);
      duplex.destroy(why);
    },
  });
  const quiet = setInterval(blocks.probe, QUIET_MS);
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    blocks.stop(new DaemonError('dropped', 'the stream is closed'));
    await request(about('close', {}), CLOSE_MS).catch(() => undefined);
  };
  /** There are no halves: what was said arrives, then it is over both ways. */
  const bringAway = async (): Promise<void> => {
    await blocks.arrived();
    await close();
  };
  const duplex: Duplex = new Duplex({
    allowHalfOpen: true,
    highWaterMark: blockBytes * WINDOW,
    read: incoming.wanted,
    writev: (chunks, done) => {
      const added = blocks.add(Buffer.concat(chunks.map(({ chunk }) => chunk)));
      // What the other side has not waited for is no reason to lose what it said.
      added.then(
        () => done(),
        (error: Error) => done(isClosed ? null : error),
      );
    },
    final: (done) => {
      bringAway().then(() => {
        duplex.push(null);
        done();
      }, done);
    },
    destroy: (error, done) => {
      incoming.wanted();
      // What was said before the end arrives though nobody waits for that any more, as over any socket.
      const isLeft = error === null && duplex.writableEnded;
      void (isLeft ? bringAway() : close()).then(() => {
        clearInterval(quiet);
        onGone();
      });
      done(error);
    },
  });
  return {
    duplex,
    take: (data) => {
      if (isClosed) return undefined;
      quiet.refresh();
      // What we said is still on its way, and nobody reads any more.
      return duplex.destroyed ? Promise.resolve() : incoming.take(data, (bytes) => duplex.push(bytes));
    },
    closed: () => {
      isClosed = true;
      blocks.stop(new DaemonError('dropped', 'the peer has closed the stream'));
      duplex.push(null);
      duplex.end();
    },
    lost: (why) => {
      isClosed = true;
      blocks.stop(why);
      duplex.destroy(why);
    },
  };
}

/** Of the other side's blocks, that nobody has read: who sends more does not wait for his being acknowledged. */
const MOST_HELD = 64;
const SEQUENCE = 0x1_0000;

function createIncoming(blockBytes: number) {
  let expected = 0;
  /** Each is acknowledged when it is read, so that the other side waits. */
  let held: (() => void)[] = [];
  return {
    wanted: (): void => {
      const now = held;
      held = [];
      for (const acknowledge of now) acknowledge();
    },
    take: (data: Element, push: (bytes: Buffer) => boolean): Promise<void> | undefined => {
      const [seq, text] = [data.attrs.seq ?? '', data.text()];
      if (!/^\d{1,5}$/.test(seq) || !BASE64.test(text) || held.length >= MOST_HELD) return undefined;
      // Sent once more by somebody who has not heard that it came.
      if (expected > 0 && Number(seq) === (expected - 1) % SEQUENCE) return Promise.resolve();
      const bytes = Buffer.from(text, 'base64');
      if (Number(seq) !== expected % SEQUENCE || bytes.length > blockBytes) return undefined;
      expected += 1;
      if (bytes.length === 0 || push(bytes)) return Promise.resolve();
      return new Promise((resolve) => held.push(resolve));
    },
  };
}

function failureBehind(error: unknown): DaemonError {
  if (error instanceof DaemonError) return error;
  if (error instanceof StanzaRefused)
    return new DaemonError('dropped', `the peer has left the stream (${error.condition})`);
  return new DaemonError('dropped', failureOf(error).detail);
}
