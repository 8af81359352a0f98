// Owns: that what is said last arrives over a slow network, and that who takes nothing is not waited for without end.
// Leaves: what is said (conversation.test.ts), and real networks.
import { Duplex } from 'node:stream';
import { afterEach, expect, test, vi } from 'vitest';
import { converse, type Host } from '../../../../src/workers/peer/server/connection.ts';

afterEach(() => void vi.useRealTimers());

const PIECE = 16 * 1024;
const PIECES = 8;

/** Says all its pieces at once, to one who asks for git. */
function makeHost(): Host {
  return {
    ownUuid: 'us',
    judge: async () => ({ kind: 'let-in', peer: { tokenId: 'id', uuid: 'them', rights: 'read' } }),
    agree: async (version) => version,
    nextChanges: () => new Promise(() => undefined),
    connect: async (_, stream) => {
      for (let piece = 0; piece < PIECES; piece += 1) stream.writeLine('x'.repeat(PIECE - 1)).catch(() => undefined);
      return undefined;
    },
    objects: async () => undefined,
    invite: async () => undefined,
    does: () => undefined,
    fault: (text) => expect.fail(text),
  };
}

/** Takes a piece in so many ms; undefined: never. */
function slowStream(pieceMs: number | undefined) {
  const arrived = { bytes: 0 };
  const duplex = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      const isPiece = chunk.length === PIECE;
      if (isPiece && pieceMs === undefined) return;
      setTimeout(
        () => {
          if (isPiece) arrived.bytes += chunk.length;
          done();
        },
        isPiece ? pieceMs : 0,
      );
    },
  });
  duplex.push(`AUTH them ${'a'.repeat(128)}\nCONNECT git-upload-pack\n`);
  return { duplex, arrived };
}

const never = new AbortController().signal;

test('all arrives where it takes half a minute for each piece', async () => {
  vi.useFakeTimers();
  const { duplex, arrived } = slowStream(30_000);
  const over = converse(duplex, makeHost(), never);
  await vi.advanceTimersByTimeAsync(30_000 * (PIECES + 1));
  await over;
  expect(arrived.bytes).toBe(PIECE * PIECES);
});

test('who takes nothing is dropped after a minute or so; at once where that is asked for', async () => {
  vi.useFakeTimers();
  const { duplex } = slowStream(undefined);
  const over = converse(duplex, makeHost(), never);
  await vi.advanceTimersByTimeAsync(50_000);
  expect(duplex.destroyed).toBe(false);
  await vi.advanceTimersByTimeAsync(20_000);
  await over;
  expect(duplex.destroyed).toBe(true);
  const dropped = new AbortController();
  const other = slowStream(undefined);
  const otherOver = converse(other.duplex, makeHost(), dropped.signal);
  await vi.advanceTimersByTimeAsync(10_000);
  dropped.abort();
  await otherOver;
  expect(other.duplex.destroyed).toBe(true);
});
