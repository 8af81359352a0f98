// Owns: how packets are cut into the bytes of a TCP connection, and put together again, as telehash-tcp4 does it.
// Leaves: the connection (link.ts), and what the packets are (packets.ts).
// lob-enc 0.0.17, chunking: pieces of 1 to 255 bytes, each behind a byte with its length; a length of 0 ends a packet.

const PIECE_BYTES = 255;
/** Ours hold less than 17 KiB, those of the package about 1 KiB. */
export const MOST_PACKET_BYTES = 32 * 1024;

export class FrameBreach extends Error {
  override readonly name = 'FrameBreach';
}

export function formatFrame(packet: Uint8Array): Buffer {
  const pieces = Math.ceil(packet.length / PIECE_BYTES);
  const frame = Buffer.allocUnsafe(packet.length + pieces + 1);
  let to = 0;
  for (let from = 0; from < packet.length; from += PIECE_BYTES) {
    const piece = packet.subarray(from, from + PIECE_BYTES);
    frame[to] = piece.length;
    frame.set(piece, to + 1);
    to += piece.length + 1;
  }
  frame[to] = 0;
  return frame;
}

/** Of bytes as they come, the packets that are whole. Throws FrameBreach for one that is too long. */
export function createFrameReader(): (bytes: Uint8Array) => Generator<Buffer, void, void> {
  const packet = Buffer.allocUnsafe(MOST_PACKET_BYTES);
  let [filled, missing] = [0, 0];
  return function* (bytes) {
    for (let at = 0; at < bytes.length; ) {
      if (missing === 0) {
        missing = bytes[at] ?? 0;
        at += 1;
        // Several ends after each other are a sign of life.
        if (missing === 0 && filled > 0) {
          yield Buffer.from(packet.subarray(0, filled));
          filled = 0;
        }
        continue;
      }
      const piece = bytes.subarray(at, at + missing);
      if (filled + piece.length > MOST_PACKET_BYTES)
        throw new FrameBreach(`a packet is longer than ${MOST_PACKET_BYTES} bytes`);
      packet.set(piece, filled);
      filled += piece.length;
      missing -= piece.length;
      at += piece.length;
    }
  };
}
