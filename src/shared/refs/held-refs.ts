// Owns: holding refs here against a remote's listing as they come: of those that are as there, only a mark is kept. Pure.
// Leaves: where they come from (workers/refs/local-refs.ts), and what follows from a difference (lacking.ts, all-here.ts).
import type { ObjectName, RefName, WantedRefs } from '../remote.ts';
import { advertisementOf, createRecordStore, placeIn, type RefGatherer } from './compact-refs.ts';
import type { HereRefs } from './here-refs.ts';
import { ALL_TAGS, parsed } from './lacking.ts';
import { foldersAbove } from './name-taken.ts';
import type { RefAdvertisement } from './packed-refs.ts';
import {
  beginsWith,
  compareNames,
  hasSameObject,
  isAsciiAt,
  isNamed,
  objectAt,
  type PackedRefs,
  rangeOf,
  refAt,
} from './packed-refs.ts';
import { createRecordReader } from './ref-record.ts';
import type { Refspec } from './refspec.ts';

export interface HeldRefs extends Pick<RefGatherer, 'line' | 'isFull'> {
  /** Nothing may come after it. */
  readonly here: () => HereRefs;
}

export interface HeldFor {
  readonly wanted: WantedRefs;
  /** Refspecs by which what the remote lacks is deleted here. */
  readonly pruned: readonly string[];
}

/** Each ref comes once; where they come by name, as git lists them, and the remote's are kept as bytes, few are kept. */
export function holdAgainst(remote: RefAdvertisement, options: HeldFor): HeldRefs {
  const { read, record } = createRecordReader();
  const kept = createRecordStore();
  const marks = markedAs(remote.packed, options);
  let size = 0;
  let isTooLong = false;
  return {
    line: (bytes, from, to) => {
      const what = read(bytes, from, to);
      if (what === 'too-long') isTooLong = true;
      if (what !== 'ref') return;
      size += 1;
      if (!marks.take(record)) kept.add(record, 0);
    },
    isFull: () => isTooLong || kept.isFull(),
    here: () => {
      const unlike = advertisementOf(kept.packed());
      const get: HereRefs['get'] = (place) => unlike.get(place) ?? marks.objectIn(place);
      const has: HereRefs['has'] = (place) => unlike.has(place) || marks.objectIn(place) !== undefined;
      return {
        ...{ size, get, has },
        mayLack: (refspec) => marks.unmarked(refspec) ?? remote,
        mayBeStale: unlike.keys,
        takenBy: (place) => {
          const below = [...lastOf(unlike.packed ?? NOTHING, `${place}/`), ...marks.lastBelow(`${place}/`)];
          return foldersAbove(place).find(has) ?? lastByName(below);
        },
      };
    },
  };
}

const NOTHING: PackedRefs = { count: 0, chunks: [], starts: new Uint32Array(), ends: new Uint32Array() };
const TO_UTF8 = new TextEncoder();

/** Where refs of the remote are kept here: what their names begin with is another, all behind that is the same. */
interface Walk {
  readonly from: string;
  readonly to: string;
  readonly toBytes: Uint8Array;
  readonly mark: number;
  /** In the remote's listing: those whose names begin with `from`, up to the one behind the last. */
  readonly range: readonly [number, number];
  /** The first of them that is not before the last ref that came. */
  at: number;
}

/** With more, none is marked: a mark is a bit. */
const MOST_WALKS = 8;

/** The remote's refs, each with marks that say by which refspecs it is here as they want it. */
interface Marks {
  /** False: nothing says what it does, and it has to be kept. */
  readonly take: (record: PackedRefs) => boolean;
  /** Of one that was taken. */
  readonly objectIn: (place: RefName) => ObjectName | undefined;
  /** undefined: of that refspec none is marked. */
  readonly unmarked: (refspec: Refspec) => Iterable<readonly [RefName, ObjectName]> | undefined;
  /** The last place that was taken whose name begins so, by each of the refspecs. */
  readonly lastBelow: (prefix: string) => readonly RefName[];
}

function markedAs(there: PackedRefs | undefined, { wanted, pruned }: HeldFor): Marks {
  const walks = there ? walksAlong(there, wanted, pruned) : [];
  const packed = there ?? NOTHING;
  const kept = parsed(pruned).flatMap(({ negative, source, destination = '' }) =>
    negative || source.includes('*') ? [] : TO_UTF8.encode(destination),
  );
  const marks = new Uint8Array(walks.length > 0 ? packed.count : 0);
  const isMarked = (at: number, { mark }: Walk): boolean => ((marks[at] ?? 0) & mark) !== 0;
  return {
    take: (record) => {
      // By a refspec of one name it may be stale whatever else it is kept of.
      if (!isAsciiAt(record, 0) || kept.some((place) => isNamed(record, 0, place))) return false;
      const covering = walks.filter(({ toBytes }) => beginsWith(record, 0, toBytes));
      if (covering.length === 0 || !covering.every((walk) => hasCounterpart(packed, walk, record))) return false;
      for (const { at, mark } of covering) marks[at] = (marks[at] ?? 0) | mark;
      return true;
    },
    objectIn: (place) => {
      for (const walk of walks) {
        const at = place.startsWith(walk.to) ? placeIn(packed, walk.from + place.slice(walk.to.length)) : undefined;
        if (at !== undefined && isMarked(at, walk)) return objectAt(packed, at);
      }
      return undefined;
    },
    unmarked: (refspec) => {
      const renaming = renamingBy(refspec);
      const walk = walks.find(({ from, to }) => from === renaming?.from && to === renaming.to);
      return walk && unmarkedOf(packed, walk, (at) => isMarked(at, walk));
    },
    lastBelow: (prefix) =>
      walks.flatMap((walk) => {
        const [first, end] = rangeBelow(packed, walk, prefix);
        for (let at = end - 1; at >= first; at -= 1) {
          if (isMarked(at, walk)) return (walk.to + refAt(packed, at).slice(walk.from.length)) as RefName;
        }
        return [];
      }),
  };
}

/** None where what is stale cannot be told by them. */
function walksAlong(packed: PackedRefs, { refspecs, tags }: WantedRefs, pruned: readonly string[]): Walk[] {
  const keeping = (texts: readonly string[]): Refspec[] =>
    parsed(texts).filter(({ negative, destination }) => !negative && destination);
  if (keeping(pruned).some((refspec) => refspec.source.includes('*') && !renamingBy(refspec))) return [];
  const all = [...keeping(refspecs), ...keeping(pruned), ...(tags ? [ALL_TAGS] : [])];
  const renamings = new Map(
    all.flatMap((refspec) => renamingBy(refspec) ?? []).map((each) => [`${each.from} ${each.to}`, each]),
  );
  if (renamings.size > MOST_WALKS) return [];
  return [...renamings.values()].map(({ from, to }, place) => {
    const range = rangeOf(packed, TO_UTF8.encode(from));
    return { from, to, toBytes: TO_UTF8.encode(to), mark: 1 << place, range, at: range[0] };
  });
}

/** Of a refspec whose sides end in their stars; undefined: it renames otherwise. */
function renamingBy({ source, destination }: Refspec): { readonly from: string; readonly to: string } | undefined {
  const isPlain = (side: string): boolean => /^[!-)+-~]*\*$/.test(side);
  if (!destination || !isPlain(source) || !isPlain(destination)) return undefined;
  return { from: source.slice(0, -1), to: destination.slice(0, -1) };
}

/** Goes along until the one that this is kept of, and says whether it is there, with the same object. */
function hasCounterpart(packed: PackedRefs, walk: Walk, record: PackedRefs): boolean {
  const [, end] = walk.range;
  for (; walk.at < end; walk.at += 1) {
    // Behind what they begin with, the names of both are in the same order.
    const order = compareNames(packed, walk.at, record, 0, walk.from.length, walk.to.length);
    if (order >= 0) return order === 0 && hasSameObject(packed, walk.at, record, 0);
  }
  return false;
}

function* unmarkedOf(
  packed: PackedRefs,
  { range: [first, end] }: Walk,
  isMarked: (at: number) => boolean,
): Iterable<readonly [RefName, ObjectName]> {
  for (let at = first; at < end; at += 1) if (!isMarked(at)) yield [refAt(packed, at), objectAt(packed, at)];
}

/** Of the refs along which it goes, those that are kept in places whose names begin so. */
function rangeBelow(packed: PackedRefs, { from, to, range }: Walk, prefix: string): readonly [number, number] {
  if (prefix.startsWith(to)) return rangeOf(packed, TO_UTF8.encode(from + prefix.slice(to.length)));
  return to.startsWith(prefix) ? range : [0, 0];
}

function lastOf(packed: PackedRefs, prefix: string): readonly RefName[] {
  const [first, end] = rangeOf(packed, TO_UTF8.encode(prefix));
  return first < end ? [refAt(packed, end - 1)] : [];
}

/** As git orders them: by their bytes, which is by their code points. */
const lastByName = (refs: readonly RefName[]): RefName | undefined =>
  [...refs].sort((one, other) => compareBytes(TO_UTF8.encode(one), TO_UTF8.encode(other))).at(-1);

function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const at = one.findIndex((byte, place) => byte !== other[place]);
  return at === -1 ? one.length - other.length : (one[at] ?? 0) - (other[at] ?? -1);
}
