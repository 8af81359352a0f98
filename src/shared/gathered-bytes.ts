// Owns: gathering the first bytes that come in pieces of any size, at a cost that does not depend on the pieces. Pure.
// Leaves: where they come from (system/child-process.ts, control-protocol/line-splitter.ts), and what they mean.

export interface GatheredBytes {
  /** Takes a copy. What goes beyond the limit is counted, and not kept. */
  readonly push: (bytes: Uint8Array) => void;
  /** Of all that came, also what was not kept. */
  readonly totalBytes: () => number;
  /** What is kept; good until the next `push`. */
  readonly bytes: () => Uint8Array;
  /** Begins anew. */
  readonly clear: () => void;
}

const FIRST_BYTES = 256;
const NOTHING = new Uint8Array();

/** One piece that doubles as it grows: a million pieces of one byte are a million bytes, and no objects. */
export function gatherBytes(mostBytes: number): GatheredBytes {
  let kept = NOTHING;
  let length = 0;
  let total = 0;
  const makeRoomFor = (more: number): void => {
    if (length + more <= kept.length) return;
    const grown = new Uint8Array(Math.min(mostBytes, Math.max(FIRST_BYTES, 2 * kept.length, length + more)));
    grown.set(kept.subarray(0, length));
    kept = grown;
  };
  return {
    push: (bytes) => {
      total += bytes.length;
      const taken = bytes.subarray(0, mostBytes - length);
      makeRoomFor(taken.length);
      kept.set(taken, length);
      length += taken.length;
    },
    totalBytes: () => total,
    bytes: () => kept.subarray(0, length),
    clear: () => {
      length = 0;
      total = 0;
      // One long line is not to be paid for as long as the link lives.
      if (kept.length > FIRST_BYTES) kept = NOTHING;
    },
  };
}
