// Owns: gathering bytes that come in pieces of any size, in one buffer: a stranger's single bytes cost no object each. Pure.
// Leaves: how many may be gathered, and what they say (whoever gathers).

export interface GatheredBytes {
  /** Of what is kept. */
  readonly length: () => number;
  /** Of all that came since the last `clear`, also what was not kept. */
  readonly totalBytes: () => number;
  /** Takes a copy. What goes beyond the limit is counted, and not kept. */
  readonly add: (piece: Uint8Array) => void;
  /** All that is kept; good until the next call of any other. */
  readonly view: () => Uint8Array;
  /** Forgets so many bytes at the front. */
  readonly drop: (bytes: number) => void;
  /** Begins anew. */
  readonly clear: () => void;
}

const FIRST_BYTES = 256;
/** A buffer that is larger is let go once nothing is in it: one long line is not paid for as long as a link lives. */
const KEPT_BYTES = 4 * 1024;

/** It grows by doubling, so that n bytes cost n steps however they are cut. */
export function gatherBytes(mostBytes = Number.POSITIVE_INFINITY): GatheredBytes {
  let buffer = new Uint8Array(0);
  let start = 0;
  let end = 0;
  let total = 0;
  const makeRoom = (bytes: number): void => {
    if (end + bytes <= buffer.length) return;
    const held = buffer.subarray(start, end);
    const needed = held.length + bytes;
    const size = Math.min(mostBytes, Math.max(needed, held.length * 2, FIRST_BYTES));
    // What was dropped is overwritten only where that is at least half: each byte is then moved about once.
    const into = needed * 2 <= buffer.length ? buffer : new Uint8Array(size);
    into.set(held);
    [buffer, start, end] = [into, 0, held.length];
  };
  const drop = (bytes: number): void => {
    start = Math.min(start + bytes, end);
    if (start < end) return;
    [start, end] = [0, 0];
    if (buffer.length > KEPT_BYTES) buffer = new Uint8Array(0);
  };
  return {
    length: () => end - start,
    totalBytes: () => total,
    add: (piece) => {
      total += piece.length;
      const taken = piece.subarray(0, mostBytes - (end - start));
      makeRoom(taken.length);
      buffer.set(taken, end);
      end += taken.length;
    },
    view: () => buffer.subarray(start, end),
    drop,
    clear: () => {
      drop(end - start);
      total = 0;
    },
  };
}
