// Owns: where the flush-pkts are in a stream of pkt-lines (gitprotocol-common(5)), however it is cut into chunks.
// Leaves: what the lines between them say (pkt-line.ts, v2-request.ts).

/** Bytes of a stream as they come. `ends`: the last four of them are a flush-pkt. */
export interface Piece {
  readonly bytes: Uint8Array;
  readonly ends: boolean;
}

const HEADER_CHARACTERS = 4;
const FLUSH = '0000';

/** Cuts each chunk behind every flush-pkt in it. What is no pkt-line has no end. */
export function createFlushSplitter(): (chunk: Uint8Array) => Piece[] {
  let header = '';
  let left = 0;
  /** Takes one header or payload off the front of a chunk. */
  const take = (chunk: Uint8Array, at: number): { readonly bytes: number; readonly isFlush: boolean } => {
    if (left > 0) {
      const bytes = Math.min(left, chunk.length - at);
      left -= bytes;
      return { bytes, isFlush: false };
    }
    const bytes = Math.min(HEADER_CHARACTERS - header.length, chunk.length - at);
    header += String.fromCharCode(...chunk.subarray(at, at + bytes));
    if (header.length < HEADER_CHARACTERS) return { bytes, isFlush: false };
    const isFlush = header === FLUSH;
    left = Math.max(0, Number.parseInt(header, 16) - HEADER_CHARACTERS) || 0;
    header = '';
    return { bytes, isFlush };
  };
  return (chunk) => {
    const pieces: Piece[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; ) {
      const { bytes, isFlush } = take(chunk, at);
      at += bytes;
      if (!isFlush && at < chunk.length) continue;
      pieces.push({ bytes: chunk.subarray(from, at), ends: isFlush });
      from = at;
    }
    return pieces;
  };
}
