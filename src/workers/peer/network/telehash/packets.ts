// Owns: telehash's packets: a JSON object or one byte, and a body; how they are laid out, and read from whoever sends them.
// Leaves: what is in them (handshake.ts, link.ts), enciphering (ciphers.ts), and how they travel (frames.ts).
// telehash.org v3, lob; in JavaScript: lob-enc 0.0.17.

/** As JSON.parse gives it: what a key holds has to be looked at before it is used. */
export type Head = Readonly<Record<string, unknown>>;

export interface Packet {
  /** One byte names a cipher set, none an enciphered packet of a channel. */
  readonly head: Buffer;
  readonly body: Buffer;
}

/** A shorter head is bytes. */
const LEAST_JSON = 7;

export function formatPacket(head: Uint8Array, ...body: readonly Uint8Array[]): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(head.length);
  return Buffer.concat([length, head, ...body]);
}

export const formatJson = (head: Head, ...body: readonly Uint8Array[]): Buffer =>
  formatPacket(Buffer.from(JSON.stringify(head)), ...body);

export function parsePacket(bytes: Buffer): Packet | undefined {
  const length = bytes.length < 2 ? Number.NaN : bytes.readUInt16BE(0);
  if (!(length <= bytes.length - 2)) return undefined;
  return { head: bytes.subarray(2, 2 + length), body: bytes.subarray(2 + length) };
}

/** Of a packet whose head is to be an object; undefined for any other. Nothing of it is ever written to another object. */
export function readJson({ head }: Packet): Head | undefined {
  if (head.length < LEAST_JSON) return undefined;
  try {
    const value: unknown = JSON.parse(head.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    // No JSON: whoever sends that breaks the rules, and is told so by the end of the link.
    return undefined;
  }
}
