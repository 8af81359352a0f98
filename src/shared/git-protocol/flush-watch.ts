// Owns: seeing from the bytes of protocol v2 (gitprotocol-v2(5)) when all that was asked has been answered.
// Leaves: carrying the bytes (workers/upload-pack/upload-pack.ts).
import { createFlushSplitter } from './flush-splitter.ts';

export interface FlushWatch {
  readonly onClientBytes: (chunk: Uint8Array) => void;
  readonly onServerBytes: (chunk: Uint8Array) => void;
  /** The server's last word was a flush-pkt, which ends an answer, and the client has asked nothing since. */
  readonly isAnswered: () => boolean;
}

const FLUSH = '0000';

export function createFlushWatch(): FlushWatch {
  const split = createFlushSplitter();
  let flushed = false;
  /** What the client said since then; more than a flush-pkt of its own is a question. */
  let askedSince = '';
  return {
    onClientBytes: (chunk) => {
      if (askedSince.length <= FLUSH.length) askedSince += String.fromCharCode(...chunk.subarray(0, FLUSH.length + 1));
    },
    onServerBytes: (chunk) => {
      for (const { ends } of split(chunk)) flushed = ends;
      askedSince = '';
    },
    isAnswered: () => flushed && (askedSince === '' || askedSince === FLUSH),
  };
}
