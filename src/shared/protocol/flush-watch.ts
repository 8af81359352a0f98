// Owns: seeing from the bytes of protocol v2 (gitprotocol-v2(5)) when all that was asked has been answered.
// Leaves: carrying the bytes (workers/ssh/upload-pack.ts).

export interface FlushWatch {
  readonly heardClient: (chunk: Uint8Array) => void;
  readonly heardServer: (chunk: Uint8Array) => void;
  /** The server's last word was a flush-pkt, which ends an answer, and the client has asked nothing since. */
  readonly isAnswered: () => boolean;
}

const HEADER_CHARACTERS = 4;
const FLUSH = '0000';

export function createFlushWatch(): FlushWatch {
  let header = '';
  let left = 0;
  let flushed = false;
  /** What the client said since then; more than a flush-pkt of its own is a question. */
  let askedSince = '';
  /** Takes one header or payload off the front of a chunk, and gives how many bytes that were. */
  const take = (chunk: Uint8Array, at: number): number => {
    if (left > 0) {
      const bytes = Math.min(left, chunk.length - at);
      left -= bytes;
      return bytes;
    }
    const bytes = Math.min(HEADER_CHARACTERS - header.length, chunk.length - at);
    header += String.fromCharCode(...chunk.subarray(at, at + bytes));
    if (header.length === HEADER_CHARACTERS) {
      flushed = header === FLUSH;
      left = Math.max(0, Number.parseInt(header, 16) - HEADER_CHARACTERS) || 0;
      header = '';
      askedSince = '';
    }
    return bytes;
  };
  return {
    heardClient: (chunk) => {
      if (askedSince.length <= FLUSH.length) askedSince += String.fromCharCode(...chunk.subarray(0, FLUSH.length + 1));
    },
    heardServer: (chunk) => {
      for (let at = 0; at < chunk.length; ) at += take(chunk, at);
    },
    isAnswered: () => flushed && header === '' && left === 0 && (askedSince === '' || askedSince === FLUSH),
  };
}
