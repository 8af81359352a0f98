// Owns: the handshake of two telehash nodes: what is in one, and which of two that were said counts.
// Leaves: enciphering it (ciphers.ts), and when one is said (link.ts).
// telehash.org v3, e3x and link; e3x 0.2.3, sync.
import { KEY_BYTES } from '../../../../shared/p2p/telehash-address.ts';
import { CIPHER_SET, hashnameOf } from './hashname.ts';
import { formatJson, type Head, parsePacket, readJson } from './packets.ts';

/** Who has the smaller key. Its times and the numbers of its channels are even, those of the other odd. */
export type Side = 'even' | 'odd';

export interface Handshake {
  readonly hashname: string;
  readonly key: Buffer;
  /** Only grows, and is the same on both sides in the end. */
  readonly at: number;
}

export const sideOf = (own: Buffer, theirs: Buffer): Side => (Buffer.compare(own, theirs) < 0 ? 'even' : 'odd');

export const belongsTo = (side: Side, number: number): boolean => (number % 2 === 0) === (side === 'even');

/** To begin with. */
export function firstTime(side: Side, nowMs: number): number {
  const seconds = Math.floor(nowMs / 1_000);
  return belongsTo(side, seconds) ? seconds : seconds + 1;
}

export const formatHandshake = (key: Buffer, at: number): Buffer =>
  formatJson({ type: 'link', at }, formatJson({ [CIPHER_SET]: null }, key));

export function parseHandshake(bytes: Buffer): Handshake | undefined {
  const outer = parsePacket(bytes);
  const head = outer && readJson(outer);
  const inner = outer && parsePacket(outer.body);
  if (head?.type !== 'link' || inner?.body.length !== KEY_BYTES) return undefined;
  const others: Head = readJson(inner) ?? {};
  const hashname = hashnameOf(inner.body, others);
  const { at } = head;
  if (hashname === undefined || !Number.isSafeInteger(at) || typeof at !== 'number' || at <= 0) return undefined;
  return { hashname, key: inner.body, at };
}

export interface Agreement {
  readonly at: number;
  /** The other one has to hear of it. */
  readonly isToBeSaid: boolean;
}

export function agree(side: Side, own: number, theirs: number): Agreement {
  // One of ours that comes back tells nothing of them.
  const isTheirs = side === 'odd' || !belongsTo(side, theirs);
  if (!isTheirs) return { at: own, isToBeSaid: true };
  return { at: Math.max(own, theirs), isToBeSaid: own !== theirs };
}
