// Owns: how refs are kept as bytes, in the order of their names: reading a record, finding one, telling two apart. Pure.
// Leaves: packing a listing as it comes (compact-refs.ts), and what two listings come to (differing.ts).
import type { ObjectName, RefName } from '../remote.ts';

/**
 * Each ref is a record: a byte that says how long its object name is (`headOf`), that, and its name in UTF-8. It begins at
 * `starts[at]` and ends before `ends[at]`, both counted through all chunks; none goes over the end of one.
 */
export interface PackedRefs {
  readonly count: number;
  /** Each of CHUNK_BYTES, the last as long as it has to be. */
  readonly chunks: readonly Uint8Array[];
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** A remote's refs, or ours: a map, or one that is kept as bytes, in `packed`. */
export interface RefAdvertisement extends Pick<ReadonlyMap<RefName, ObjectName>, 'size' | 'get' | 'has'> {
  readonly packed?: PackedRefs;
  readonly keys: () => Iterable<RefName>;
  readonly values: () => Iterable<ObjectName>;
  readonly [Symbol.iterator]: () => Iterator<[RefName, ObjectName]>;
}

const CHUNK_BITS = 17;
/** Small beside a listing that counts, and large enough for any name that git sends. */
export const CHUNK_BYTES = 1 << CHUNK_BITS;
const WITHIN = CHUNK_BYTES - 1;

const IS_ODD = 0x80;
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });
const NOTHING = new Uint8Array();
const HEXADECIMAL = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** The byte that a record begins with. `isAscii`: of its name. */
export const headOf = (objectBytes: number, isAscii: boolean): number => objectBytes | (isAscii ? 0 : IS_ODD);

const objectBytesIn = (head: number): number => head & ~IS_ODD;

// `at` is below `count` in all of these.

// Both were found to be such when they were packed.
export const refAt = (refs: PackedRefs, at: number): RefName => UTF8.decode(nameBytes(refs, at)) as RefName;

export function objectAt(refs: PackedRefs, at: number): ObjectName {
  const { chunk, start, nameAt } = placeOf(refs, at);
  let text = '';
  for (let byte = start + 1; byte < nameAt; byte += 1) text += HEXADECIMAL[chunk[byte] ?? 0];
  return text as ObjectName;
}

function nameBytes(refs: PackedRefs, at: number): Uint8Array {
  const { chunk, nameAt, end } = placeOf(refs, at);
  return chunk.subarray(nameAt, end);
}

interface Place {
  readonly chunk: Uint8Array;
  readonly start: number;
  readonly nameAt: number;
  readonly end: number;
}

function placeOf({ chunks, starts, ends }: PackedRefs, at: number): Place {
  const from = starts[at] ?? 0;
  const chunk = chunks[from >>> CHUNK_BITS] ?? NOTHING;
  const start = from & WITHIN;
  const nameAt = start + 1 + objectBytesIn(chunk[start] ?? 0);
  return { chunk, start, nameAt, end: start + (ends[at] ?? 0) - from };
}

/** How long the record is. */
export const recordBytes = ({ starts, ends }: PackedRefs, at: number): number => (ends[at] ?? 0) - (starts[at] ?? 0);

export function copyRecord(refs: PackedRefs, at: number, into: Uint8Array, start: number): void {
  const { chunk, start: from, end } = placeOf(refs, at);
  for (let byte = from; byte < end; byte += 1) into[start + byte - from] = chunk[byte] ?? 0;
}

/** Whether both say the same: the same name, and object. */
export function isSameRecord(one: PackedRefs, at: number, other: PackedRefs, otherAt: number): boolean {
  const bytes = recordBytes(one, at);
  if (bytes !== recordBytes(other, otherAt)) return false;
  const a = placeOf(one, at);
  const b = placeOf(other, otherAt);
  // From behind: of two names beside each other, the ends are what differs.
  for (let byte = bytes - 1; byte >= 0; byte -= 1)
    if (a.chunk[a.start + byte] !== b.chunk[b.start + byte]) return false;
  return true;
}

/** Negative, 0 or positive: as the names are ordered, or these parts of them. A part that begins another is before it. */
export function compareNames(
  one: PackedRefs,
  at: number,
  other: PackedRefs,
  otherAt: number,
  skipped = 0,
  otherSkipped = 0,
): number {
  const a = placeOf(one, at);
  const b = placeOf(other, otherAt);
  let left = a.nameAt + skipped;
  let right = b.nameAt + otherSkipped;
  for (; left < a.end && right < b.end; left += 1, right += 1) {
    const difference = (a.chunk[left] ?? 0) - (b.chunk[right] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.end - left - (b.end - right);
}

/** As `compareNames`, a ref's name with that text. */
function compareWith(refs: PackedRefs, at: number, name: Uint8Array): number {
  const { chunk, nameAt, end } = placeOf(refs, at);
  for (let byte = 0; byte < name.length; byte += 1) {
    if (nameAt + byte >= end) return -1;
    const difference = (chunk[nameAt + byte] ?? 0) - (name[byte] ?? 0);
    if (difference !== 0) return difference;
  }
  return end - nameAt - name.length;
}

export const isNamed = (refs: PackedRefs, at: number, name: Uint8Array): boolean => compareWith(refs, at, name) === 0;

export function hasSameObject(one: PackedRefs, at: number, other: PackedRefs, otherAt: number): boolean {
  const a = placeOf(one, at);
  const b = placeOf(other, otherAt);
  const bytes = a.nameAt - a.start;
  if (bytes !== b.nameAt - b.start) return false;
  for (let byte = 1; byte < bytes; byte += 1) if (a.chunk[a.start + byte] !== b.chunk[b.start + byte]) return false;
  return true;
}

export function isAsciiAt(refs: PackedRefs, at: number): boolean {
  const { chunk, start } = placeOf(refs, at);
  return ((chunk[start] ?? 0) & IS_ODD) === 0;
}

export function beginsWith(refs: PackedRefs, at: number, prefix: Uint8Array): boolean {
  const { chunk, nameAt, end } = placeOf(refs, at);
  if (end - nameAt < prefix.length) return false;
  for (let byte = 0; byte < prefix.length; byte += 1) if (chunk[nameAt + byte] !== prefix[byte]) return false;
  return true;
}

/** The first whose name is not before that; `count` where there is none. */
export function firstFrom(refs: PackedRefs, name: Uint8Array): number {
  return firstWhere(refs, (at) => compareWith(refs, at, name) >= 0);
}

/** Those whose names begin so: from the first of these to the one behind the last. */
export function rangeOf(refs: PackedRefs, prefix: Uint8Array): readonly [number, number] {
  const isBehind = (at: number): boolean => {
    const { chunk, nameAt, end } = placeOf(refs, at);
    for (let byte = 0; byte < prefix.length && nameAt + byte < end; byte += 1) {
      const difference = (chunk[nameAt + byte] ?? 0) - (prefix[byte] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return false;
  };
  return [firstFrom(refs, prefix), firstWhere(refs, isBehind)];
}

/** `isFrom`: false of all up to one, true of that and all behind it. */
function firstWhere({ count }: PackedRefs, isFrom: (at: number) => boolean): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isFrom(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
