// Owns: the name of a telehash node: the hash of its keys, or of what stands for those that are not told.
// Leaves: how it is spelled (shared/p2p/telehash-address.ts).
// telehash.org v3, hashname.
import { createHash } from 'node:crypto';
import { decodeBase32, encodeBase32, isHashname } from '../../../../shared/p2p/telehash-address.ts';
import type { Head } from './packets.ts';

/** The cipher set that is spoken here. Of the others one signs with 32 bits, and the other is not made by each Node. */
export const CIPHER_SET = '3a';

const hashOf = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** `others`: by cipher set, what its other keys hash to. Undefined where that is no such thing. */
export function hashnameOf(key: Uint8Array, others: Head = {}): string | undefined {
  const hashes = new Map<string, Uint8Array>([[CIPHER_SET, hashOf(key)]]);
  for (const [id, text] of Object.entries(others)) {
    if (id === CIPHER_SET) continue;
    const hash = /^[\da-f]{2}$/.test(id) && isHashname(text) ? decodeBase32(text) : undefined;
    if (hash === undefined) return undefined;
    hashes.set(id, hash);
  }
  let rolled: Uint8Array = Buffer.alloc(0);
  for (const id of [...hashes.keys()].sort()) {
    rolled = hashOf(rolled, Buffer.from(id, 'hex'));
    rolled = hashOf(rolled, hashes.get(id) ?? Buffer.alloc(0));
  }
  return encodeBase32(rolled);
}
