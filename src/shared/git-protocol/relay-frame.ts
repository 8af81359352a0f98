// Owns: what a relay says to the stand-in that git runs instead of ssh: frames, so that stdout stays apart and binary.
// Leaves: the socket they travel on (workers/upload-pack/relay.ts, main/relay/stand-in.ts). To the relay, bytes go unframed.

/** `exit` is the last; its payload is one byte, the exit status. */
export type FrameKind = 'stdout' | 'stderr' | 'exit';

export interface Frame {
  readonly kind: FrameKind;
  readonly payload: Uint8Array;
}

const KINDS: readonly FrameKind[] = ['stdout', 'stderr', 'exit'];

/** One byte for the kind, four for the payload's length, big-endian. */
export const HEADER_BYTES = 5;

/** What stands before a payload of so many bytes. */
export function frameHeader(kind: FrameKind, payloadBytes: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header[0] = KINDS.indexOf(kind);
  new DataView(header.buffer).setUint32(1, payloadBytes);
  return header;
}

/** Cuts bytes into frames; a payload is handed on in pieces, as it comes. Throws RangeError for what is no frame. */
export function createFrameReader(): (chunk: Uint8Array) => Frame[] {
  const header = new Uint8Array(HEADER_BYTES);
  let headerBytes = 0;
  let left = 0;
  return (chunk) => {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (headerBytes < HEADER_BYTES) {
        const piece = chunk.subarray(at, at + HEADER_BYTES - headerBytes);
        header.set(piece, headerBytes);
        headerBytes += piece.length;
        at += piece.length;
        if (headerBytes === HEADER_BYTES) left = new DataView(header.buffer).getUint32(1);
      } else {
        const payload = chunk.subarray(at, at + left);
        frames.push({ kind: kindOf(header[0]), payload });
        left -= payload.length;
        at += payload.length;
      }
      if (headerBytes === HEADER_BYTES && left === 0) headerBytes = 0;
    }
    return frames;
  };
}

function kindOf(byte: number | undefined): FrameKind {
  const kind = byte === undefined ? undefined : KINDS[byte];
  if (kind === undefined) throw new RangeError(`no frame begins with ${byte}`);
  return kind;
}
