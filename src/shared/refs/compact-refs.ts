// Owns: taking a listing of very many refs line by line, into little memory. Pure.
// Leaves: where the lines come from (workers), what is read of a line (ref-advertisement.ts), and the bytes (packed-refs.ts).
import type { ObjectName, RefName } from '../remote.ts';
import {
  CHUNK_BYTES,
  compareNames,
  firstFrom,
  headOf,
  isNamed,
  objectAt,
  type PackedRefs,
  refAt,
} from './packed-refs.ts';
import { MOST_REFS, parseRefLine, type RefAdvertisement } from './ref-advertisement.ts';

export interface RefGatherer {
  /** As `parseRefLines` reads it; what is no ref is passed over. Of a name that comes again the last line counts. */
  readonly line: (text: string) => void;
  /** There may be more than are kept: so many were taken, or one did not fit. */
  readonly isFull: () => boolean;
  /** What came so far. No line may come after it. */
  readonly refs: () => RefAdvertisement;
}

const FIRST_REFS = 256;
const TO_UTF8 = new TextEncoder();

export function gatherRefs(): RefGatherer {
  const chunks: Uint8Array[] = [];
  let starts = new Uint32Array(FIRST_REFS);
  let ends = new Uint32Array(FIRST_REFS);
  let count = 0;
  let end = 0;
  let isOrdered = true;
  let isFull = false;

  const chunkFor = (bytes: number): Uint8Array => {
    const last = chunks.at(-1);
    if (last && end + bytes <= chunks.length * CHUNK_BYTES) return last;
    end = chunks.length * CHUNK_BYTES;
    const chunk = new Uint8Array(CHUNK_BYTES);
    chunks.push(chunk);
    return chunk;
  };
  const add = (ref: RefName, object: ObjectName): void => {
    const objectBytes = object.length / 2;
    // No unit of a text takes more than three bytes in UTF-8.
    const mostBytes = 1 + objectBytes + ref.length * 3;
    if (mostBytes > CHUNK_BYTES || count === MOST_REFS) {
      isFull = true;
      return;
    }
    const chunk = chunkFor(mostBytes);
    if (count === starts.length) [starts, ends] = [longer(starts), longer(ends)];
    starts[count] = end;
    end += write(chunk, end % CHUNK_BYTES, ref, object);
    ends[count] = end;
    count += 1;
    const all = { chunks, starts, ends, count };
    if (count > 1 && isOrdered) isOrdered = compareNames(all, count - 2, all, count - 1) < 0;
  };
  return {
    line: (text) => {
      const parsed = parseRefLine(text);
      if (parsed) add(...parsed);
    },
    isFull: () => isFull || count === MOST_REFS,
    refs: () => {
      const packed = { chunks, count, starts: starts.slice(0, count), ends: ends.slice(0, count) };
      return advertisementOf(isOrdered ? packed : inOrder(packed));
    },
  };
}

/** Returns how many bytes it took. */
function write(chunk: Uint8Array, at: number, ref: RefName, object: ObjectName): number {
  const objectBytes = object.length / 2;
  for (let byte = 0; byte < objectBytes; byte += 1) {
    chunk[at + 1 + byte] = (digitAt(object, byte * 2) << 4) | digitAt(object, byte * 2 + 1);
  }
  const { written } = TO_UTF8.encodeInto(ref, chunk.subarray(at + 1 + objectBytes));
  chunk[at] = headOf(objectBytes, written === ref.length);
  return 1 + objectBytes + written;
}

/** 0 to 9, a to f. */
function digitAt(object: ObjectName, at: number): number {
  const code = object.charCodeAt(at);
  return code <= 0x39 ? code - 0x30 : code - 0x57;
}

function longer(before: Uint32Array): Uint32Array<ArrayBuffer> {
  const after = new Uint32Array(before.length * 2);
  after.set(before);
  return after;
}

function inOrder(packed: PackedRefs): PackedRefs {
  const { chunks, count, starts, ends } = packed;
  const order = Uint32Array.from({ length: count }, (_, at) => at);
  order.sort((one, other) => compareNames(packed, one, packed, other) || one - other);
  const kept = order.filter((at, place) => {
    const next = order[place + 1];
    return next === undefined || compareNames(packed, at, packed, next) !== 0;
  });
  const ofKept = (each: Uint32Array): Uint32Array => kept.map((at) => each[at] ?? 0);
  return { chunks, count: kept.length, starts: ofKept(starts), ends: ofKept(ends) };
}

function advertisementOf(packed: PackedRefs): RefAdvertisement {
  const find = (ref: RefName): number | undefined => {
    const name = TO_UTF8.encode(ref);
    const at = firstFrom(packed, name);
    return at < packed.count && isNamed(packed, at, name) ? at : undefined;
  };
  function* each<Part>(part: (at: number) => Part): Generator<Part, undefined> {
    for (let at = 0; at < packed.count; at += 1) yield part(at);
  }
  const ref = (at: number): RefName => refAt(packed, at);
  const object = (at: number): ObjectName => objectAt(packed, at);
  return {
    packed,
    size: packed.count,
    get: (name) => {
      const at = find(name);
      return at === undefined ? undefined : object(at);
    },
    has: (name) => find(name) !== undefined,
    keys: () => each(ref),
    values: () => each(object),
    [Symbol.iterator]: () => each((at): [RefName, ObjectName] => [ref(at), object(at)]),
  };
}
