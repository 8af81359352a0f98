// Owns: one in-band bytestream (XEP-0047) as a stream: blocks of base64, acknowledged one by one, in order, both ways.
// Leaves: opening and taking them, and whose block is whose (bytestreams.ts).
import { Duplex } from 'node:stream';
import { DaemonError, failureOf } from '../../../../shared/failures.ts';
import { within } from '../../../../shared/timing/within.ts';
import { type Element, xml } from './library.ts';
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

/** Blocks on their way that are not acknowledged; a server that limits what a client sends holds these up. */
const WINDOW = 16;
/** Of the other side's, that nobody has read: who sends more does not wait for his being acknowledged. */
const MOST_HELD = 64;
/** With 16 blocks before it, at 3 kB/s, which is what some servers leave. */
const ACK_MS = 120_000;
const CLOSE_MS = 5_000;
const SEQUENCE = 0x1_0000;
const BASE64 = /^[\w+/]*={0,2}$/;

export function createBytestream({ sid, peer, blockBytes, request, onGone }: BytestreamOptions): Bytestream {
  let [sent, expected, onTheirWay, held] = [0, 0, 0, 0];
  let isClosed = false;
  let room = (): void => undefined;
  /** Called when the reader wants more. */
  let wanted = (): void => undefined;

  const about = (name: string, attrs: Readonly<Record<string, string | number>>, text?: string): Element =>
    xml(
      'iq',
      { type: 'set', to: peer },
      xml(name, { xmlns: BYTESTREAMS, sid, ...attrs }, ...(text === undefined ? [] : [text])),
    );
  const sendBlock = (bytes: Buffer): void => {
    const seq = sent % SEQUENCE;
    sent += 1;
    onTheirWay += 1;
    request(about('data', { seq }, bytes.toString('base64')), ACK_MS).then(
      () => {
        onTheirWay -= 1;
        room();
      },
      (error: unknown) => {
        onTheirWay -= 1;
        // What the other side has not waited for is no reason to lose what it said.
        if (isClosed) room();
        else duplex.destroy(failureBehind(error));
      },
    );
  };
  const whenRoom = async (most: number): Promise<void> => {
    while (onTheirWay > most && !duplex.destroyed) {
      await new Promise<void>((resolve) => {
        room = resolve;
      });
    }
  };
  const send = async (bytes: Buffer): Promise<void> => {
    for (let start = 0; start < bytes.length && !duplex.destroyed; start += blockBytes) {
      await whenRoom(WINDOW - 1);
      if (!isClosed && !duplex.destroyed) sendBlock(bytes.subarray(start, start + blockBytes));
    }
    if (isClosed) throw new DaemonError('dropped', 'the peer has closed the stream');
  };
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await within(
      request(about('close', {}), CLOSE_MS).catch(() => undefined),
      CLOSE_MS,
    );
  };
  const duplex: Duplex = new Duplex({
    allowHalfOpen: true,
    highWaterMark: blockBytes * WINDOW,
    read: () => wanted(),
    writev: (chunks, done) => {
      const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
      send(bytes).then(() => done(), done);
    },
    // There are no halves: what was said arrives, then it is over both ways.
    final: (done) => {
      whenRoom(0)
        .then(close)
        .then(() => {
          duplex.push(null);
          done();
        }, done);
    },
    destroy: (error, done) => {
      room();
      wanted();
      const gone = close().then(onGone);
      // Of one that broke nobody waits for the other side's word.
      if (error) done(error);
      else void gone.then(() => done(null));
    },
  });
  return {
    duplex,
    take: (data) => {
      const [seq, text] = [data.attrs.seq ?? '', data.text()];
      if (isClosed || duplex.destroyed || !/^\d{1,5}$/.test(seq) || !BASE64.test(text)) return undefined;
      // Sent once more by somebody who has not heard that it came.
      if (expected > 0 && Number(seq) === (expected - 1) % SEQUENCE) return Promise.resolve();
      const bytes = Buffer.from(text, 'base64');
      if (Number(seq) !== expected % SEQUENCE || bytes.length > blockBytes) return undefined;
      if (held >= MOST_HELD) return undefined;
      expected += 1;
      if (bytes.length === 0 || duplex.push(bytes)) return Promise.resolve();
      held += 1;
      // Acknowledged when it is read: so the other side waits.
      return new Promise((resolve) => {
        const before = wanted;
        wanted = () => {
          before();
          resolve();
          held = 0;
          wanted = () => undefined;
        };
      });
    },
    closed: () => {
      isClosed = true;
      room();
      duplex.push(null);
      duplex.end();
    },
    lost: (why) => {
      isClosed = true;
      duplex.destroy(why);
    },
  };
}

function failureBehind(error: unknown): DaemonError {
  if (error instanceof DaemonError) return error;
  if (error instanceof StanzaRefused)
    return new DaemonError('dropped', `the peer has left the stream (${error.condition})`);
  return new DaemonError('dropped', failureOf(error).detail);
}
