// Owns: taking a listing of very many refs line by line, into little memory; none where it says what an earlier one did. Pure.
// Leaves: where the lines come from (workers), what is read of a line (ref-record.ts), and the bytes (packed-refs.ts).
import type { ObjectName, RefName } from '../remote.ts';
import {
  CHUNK_BYTES,
  compareNames,
  copyRecord,
  firstFrom,
  isNamed,
  isSameRecord,
  objectAt,
  type PackedRefs,
  recordBytes,
  refAt,
} from './packed-refs.ts';
import { KEPT_BYTES, type RefAdvertisement } from './ref-advertisement.ts';
import { createRecordReader } from './ref-record.ts';

/** Gets a line: the bytes from one place up to another, good for as long as it runs. */
export type TakeLine = (bytes: Uint8Array, from: number, to: number) => void;

export interface RefGatherer {
  /** As `parseRefLine` reads it; what is no ref is passed over. Of a name that comes again the last line counts. */
  readonly line: TakeLine;
  /** There may be more than are kept: they took all the memory they may, or one did not fit. */
  readonly isFull: () => boolean;
  /** What came so far; `before` itself where that says the same. No line may come after it. */
  readonly refs: () => RefAdvertisement;
}

/** `before`: an earlier listing of the same. */
export function gatherRefs(before?: RefAdvertisement): RefGatherer {
  const { read, record } = createRecordReader();
  const store = createRecordStore();
  let isTooLong = false;
  /** So many came as they were before, and are not kept twice; undefined: something else came. */
  let same = before?.packed && 0;
  const take = (): void => {
    if (same !== undefined && before?.packed) {
      if (same < before.packed.count && isSameRecord(before.packed, same, record, 0)) {
        same += 1;
        return;
      }
      for (let at = 0; at < same; at += 1) store.add(before.packed, at);
      same = undefined;
    }
    store.add(record, 0);
  };
  return {
    line: (bytes, from, to) => {
      if (store.isFull()) return;
      const what = read(bytes, from, to);
      if (what === 'too-long') isTooLong = true;
      else if (what === 'ref') take();
    },
    isFull: () => isTooLong || store.isFull(),
    refs: () => {
      const earlier = before?.packed;
      if (before && same !== undefined && same === earlier?.count) return before;
      for (let at = 0; earlier && at < (same ?? 0); at += 1) store.add(earlier, at);
      const packed = store.packed();
      return before && earlier && isSame(earlier, packed) ? before : advertisementOf(packed);
    },
  };
}

/** Records of a few chunks that grow with them. */
export interface RecordStore {
  /** Takes a copy of one of these. */
  readonly add: (refs: PackedRefs, at: number) => void;
  readonly isFull: () => boolean;
  /** All of them by name, the last of each. Nothing may come after it. */
  readonly packed: () => PackedRefs;
}

const FIRST_REFS = 256;
/** Beside a record: where it starts, and ends. */
const PLACE_BYTES = 8;

export function createRecordStore(): RecordStore {
  const chunks: Uint8Array[] = [];
  let starts = new Uint32Array(FIRST_REFS);
  let ends = new Uint32Array(FIRST_REFS);
  let count = 0;
  let end = 0;
  let isOrdered = true;
  const chunkFor = (bytes: number): Uint8Array => {
    const last = chunks.at(-1);
    if (last && end + bytes <= chunks.length * CHUNK_BYTES) return last;
    end = chunks.length * CHUNK_BYTES;
    const chunk = new Uint8Array(CHUNK_BYTES);
    chunks.push(chunk);
    return chunk;
  };
  const isFull = (): boolean => end + count * PLACE_BYTES >= KEPT_BYTES;
  return {
    add: (refs, at) => {
      if (isFull()) return;
      const bytes = recordBytes(refs, at);
      const chunk = chunkFor(bytes);
      if (count === starts.length) [starts, ends] = [longer(starts), longer(ends)];
      copyRecord(refs, at, chunk, end % CHUNK_BYTES);
      starts[count] = end;
      end += bytes;
      ends[count] = end;
      count += 1;
      const all = { chunks, starts, ends, count };
      if (count > 1 && isOrdered) isOrdered = compareNames(all, count - 2, all, count - 1) < 0;
    },
    isFull,
    packed: () => {
      const last = chunks.pop();
      if (last) chunks.push(last.slice(0, end - chunks.length * CHUNK_BYTES));
      const packed = { chunks, count, starts: starts.slice(0, count), ends: ends.slice(0, count) };
      return isOrdered ? packed : inOrder(packed);
    },
  };
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

function isSame(one: PackedRefs, other: PackedRefs): boolean {
  if (one.count !== other.count) return false;
  for (let at = 0; at < one.count; at += 1) if (!isSameRecord(one, at, other, at)) return false;
  return true;
}

/** These as a listing. */
export function advertisementOf(packed: PackedRefs): RefAdvertisement {
  const find = (ref: RefName): number | undefined => placeIn(packed, ref);
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

/** Where it is among these; undefined: it is not. */
export function placeIn(packed: PackedRefs, ref: string): number | undefined {
  const name = new TextEncoder().encode(ref);
  const at = firstFrom(packed, name);
  return at < packed.count && isNamed(packed, at, name) ? at : undefined;
}
