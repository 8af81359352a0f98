// Owns: gathering bytes that come in pieces of any size, in one buffer: a stranger's single bytes cost no object each.
// Leaves: how many may be gathered, and what they say (whoever gathers).

export interface GatheredBytes {
  readonly length: () => number;
  readonly add: (piece: Uint8Array) => void;
  /** All that was gathered and not dropped; good until the next call of any other. */
  readonly view: () => Uint8Array;
  /** Forgets so many bytes at the front. */
  readonly drop: (bytes: number) => void;
}

const FIRST_BYTES = 1024;
/** A buffer that is larger is let go once nothing is in it. */
const KEPT_BYTES = 4 * 1024;

/** It grows by doubling, so that n bytes cost n steps however they are cut. */
export function gatherBytes(): GatheredBytes {
  let buffer = new Uint8Array(0);
  let start = 0;
  let end = 0;
  const makeRoom = (bytes: number): void => {
    if (end + bytes <= buffer.length) return;
    const held = buffer.subarray(start, end);
    const needed = held.length + bytes;
    // What was dropped is overwritten only where that is at least half: each byte is then moved about once.
    const into = needed * 2 <= buffer.length ? buffer : new Uint8Array(Math.max(needed, held.length * 2, FIRST_BYTES));
    into.set(held);
    [buffer, start, end] = [into, 0, held.length];
  };
  return {
    length: () => end - start,
    add: (piece) => {
      makeRoom(piece.length);
      buffer.set(piece, end);
      end += piece.length;
    },
    view: () => buffer.subarray(start, end),
    drop: (bytes) => {
      start = Math.min(start + bytes, end);
      if (start < end) return;
      if (buffer.length > KEPT_BYTES) buffer = new Uint8Array(0);
      [start, end] = [0, 0];
    },
  };
}
