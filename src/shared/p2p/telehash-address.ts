// Owns: addresses in the network telehash: a node's hashname, and behind it its key and where it listens. Pure.
// Leaves: hashing keys to hashnames, and reaching nodes (workers/peer/network/telehash).
// What telehash gives away as a link's JSON (keys and paths) is 300 characters and more; an address has to be one word,
// and is a part of a file's name, which holds 255 (credentials.ts). So what is in it stands as bytes, in telehash's base32.

/** Where a node listens: telehash's path `tcp4`. */
export interface Path {
  /** Four numbers, with dots. */
  readonly ip: string;
  readonly port: number;
}

export interface TelehashAddress {
  /** The hash of all its keys. */
  readonly hashname: string;
  /** Absent: only who comes by itself is reached by that. */
  readonly way?: {
    /** Of its cipher set 3a. */
    readonly key: Uint8Array;
    readonly paths: readonly Path[];
  };
}

/** Of each of them the name would be the longer. */
export const MOST_PATHS = 4;
export const KEY_BYTES = 32;
const PATH_BYTES = 6;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
/** Of 32 bytes. */
const HASHNAME = /^[a-z2-7]{51}[aeimquy4]$/;
/** A hashname, a dot, and what 32 + 6 bytes for each of the paths come to. */
export const TELEHASH_ADDRESS = /^[a-z2-7]{52}(?:\.(?:[a-z2-7]{61}|[a-z2-7]{71}|[a-z2-7]{80}|[a-z2-7]{90}))?$/;

export const isHashname = (text: unknown): text is string => typeof text === 'string' && HASHNAME.test(text);

export function parseTelehashAddress(text: string): TelehashAddress | undefined {
  const [hashname = '', data] = text.split('.', 2);
  if (!TELEHASH_ADDRESS.test(text) || !isHashname(hashname)) return undefined;
  if (data === undefined) return { hashname };
  const bytes = decodeBase32(data);
  if (bytes === undefined) return undefined;
  const paths: Path[] = [];
  for (let at = KEY_BYTES; at < bytes.length; at += PATH_BYTES) {
    const [a, b, c, d, high = 0, low = 0] = bytes.subarray(at, at + PATH_BYTES);
    paths.push({ ip: [a, b, c, d].join('.'), port: high * 256 + low });
  }
  if (paths.some(({ port }) => port === 0)) return undefined;
  return { hashname, way: { key: bytes.subarray(0, KEY_BYTES), paths } };
}

export function formatTelehashAddress({ hashname, way }: TelehashAddress): string {
  if (way === undefined || way.paths.length === 0) return hashname;
  const paths = way.paths
    .slice(0, MOST_PATHS)
    .flatMap(({ ip, port }) => [...ip.split('.').map(Number), port >> 8, port & 0xff]);
  return `${hashname}.${encodeBase32(Uint8Array.from([...way.key, ...paths]))}`;
}

/** Of RFC 4648, in lower case, and without what fills up its end. */
export function encodeBase32(bytes: Uint8Array): string {
  let [text, held, bits] = ['', 0, 0];
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff;
    for (bits += 8; bits >= 5; bits -= 5) text += LETTERS[(held >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : text + LETTERS[(held << (5 - bits)) & 31];
}

/** Undefined for what nothing is encoded to, so that each value has one spelling. */
export function decodeBase32(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8));
  let [at, held, bits] = [0, 0, 0];
  for (const letter of text) {
    const value = LETTERS.indexOf(letter);
    if (value === -1) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at] = (held >> bits) & 0xff;
    at += 1;
  }
  return encodeBase32(bytes) === text ? bytes : undefined;
}
