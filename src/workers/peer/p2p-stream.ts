// Owns: a stream to a peer as lines and data: read one after the other, as much as is wanted and no more, and written.
// Leaves: what the lines mean (shared/p2p/lines.ts), who says what when (client, server), and the stream (network).
import type { Duplex } from 'node:stream';
import { MOST_LINE_BYTES } from '../../shared/p2p/lines.ts';

/** The other side has broken a rule of the protocol: with what it says next, nothing can be done. */
export class ProtocolBreach extends Error {
  override readonly name = 'ProtocolBreach';
}

/** The other side is gone, in the middle of what it said or of what it was told. */
export class StreamGone extends Error {
  override readonly name = 'StreamGone';
}

export interface P2pStream {
  /**
   * The next line, without its end; undefined: nothing comes any more. Throws ProtocolBreach for one that is too long,
   * StreamGone for one without its end, and what the stream failed by. One reader at a time.
   */
  readonly readLine: () => Promise<string | undefined>;
  /** The next so many bytes, in pieces as they come. Throws StreamGone where the stream ends before. */
  readonly readData: (bytes: number) => AsyncGenerator<Buffer, void, void>;
  /** Resolves when there is room for more. Throws StreamGone, or what the stream failed by. */
  readonly writeLine: (line: string) => Promise<void>;
  /** A line and the bytes that belong to it, as one. */
  readonly writeWith: (line: string, bytes: Uint8Array) => Promise<void>;
  /** How many bytes were written that the network has not taken yet. */
  readonly unsent: () => number;
  /** No more is written; what the other side says is still read. */
  readonly end: () => void;
  /** Drops it, both ways. */
  readonly destroy: () => void;
  /** Resolves when it is gone, both ways; never rejects. */
  readonly closed: Promise<void>;
  /** The stream itself, for somebody else to go on with; what was read of it and not used comes first. This one is over. */
  readonly handOver: () => Duplex;
}

/** `received` hears of all bytes that are read. */
export function openP2pStream(duplex: Duplex, received: (bytes: number) => void = () => undefined): P2pStream {
  let held: Buffer[] = [];
  // Whoever waits for it hears of it; nobody may be waiting just now.
  duplex.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    if (duplex.closed) resolve();
    else duplex.once('close', () => resolve());
  });

  const next = async (): Promise<Buffer | undefined> => {
    const [first] = held;
    if (first !== undefined) {
      held = held.slice(1);
      return first;
    }
    for (;;) {
      const chunk: Buffer | null = duplex.read();
      if (chunk !== null) {
        received(chunk.length);
        return chunk;
      }
      if (duplex.errored) throw duplex.errored;
      if (duplex.readableEnded || duplex.destroyed) return undefined;
      await changed(duplex);
    }
  };
  const putBack = (chunk: Buffer): void => {
    if (chunk.length > 0) held = [chunk, ...held];
  };
  const write = async (push: () => boolean): Promise<void> => {
    if (duplex.errored) throw duplex.errored;
    // To one that was ended, a write would be an error of the stream itself, and end what it still has to say.
    if (duplex.destroyed || duplex.writableEnded) throw new StreamGone(GONE);
    if (!push()) await drained(duplex);
  };
  return {
    readLine: async () => {
      const parts: Buffer[] = [];
      let bytes = 0;
      for (;;) {
        const chunk = await next();
        if (chunk === undefined) {
          if (bytes === 0) return undefined;
          throw new StreamGone('it ended in the middle of a line');
        }
        const end = chunk.indexOf(0x0a);
        const part = end === -1 ? chunk : chunk.subarray(0, end);
        bytes += part.length;
        if (bytes > MOST_LINE_BYTES) throw new ProtocolBreach(`a line is longer than ${MOST_LINE_BYTES} bytes`);
        parts.push(part);
        if (end === -1) continue;
        putBack(chunk.subarray(end + 1));
        return Buffer.concat(parts).toString('utf8').replace(/\r$/, '');
      }
    },
    readData: async function* (bytes) {
      for (let left = bytes; left > 0; ) {
        const chunk = await next();
        if (chunk === undefined) throw new StreamGone('it ended in the middle of data');
        const piece = chunk.subarray(0, left);
        putBack(chunk.subarray(left));
        left -= piece.length;
        yield piece;
      }
    },
    writeLine: (line) => write(() => duplex.write(`${line}\n`)),
    writeWith: (line, bytes) =>
      write(() => {
        duplex.cork();
        duplex.write(`${line}\n`);
        const isRoom = duplex.write(bytes);
        duplex.uncork();
        return isRoom;
      }),
    unsent: () => duplex.writableLength,
    end: () => void duplex.end(),
    destroy: () => void duplex.destroy(),
    closed,
    handOver: () => {
      for (const chunk of held.reverse()) duplex.unshift(chunk);
      held = [];
      return duplex;
    },
  };
}

const GONE = 'the other side is gone';

/** There may be more to read, or there is no more. */
function changed(duplex: Duplex): Promise<void> {
  return firstOf(duplex, ['readable', 'end', 'close', 'error']);
}

/** There is room to write, or nobody to read it. */
async function drained(duplex: Duplex): Promise<void> {
  await firstOf(duplex, ['drain', 'close', 'error']);
  if (duplex.errored) throw duplex.errored;
  if (duplex.destroyed) throw new StreamGone(GONE);
}

function firstOf(duplex: Duplex, events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of events) duplex.off(event, done);
      resolve();
    };
    for (const event of events) duplex.on(event, done);
  });
}
