// Owns: of two listings kept as bytes, the refs whose counterparts are not the same, found by one walk along both. Pure.
// Leaves: what follows from a difference (lacking.ts, all-here.ts, ref-advertisement.ts).
import type { ObjectName, RefName } from '../remote.ts';
import {
  compareNames,
  hasSameObject,
  isAsciiAt,
  objectAt,
  type PackedRefs,
  type RefAdvertisement,
  rangeOf,
  refAt,
} from './packed-refs.ts';
import type { Refspec } from './refspec.ts';

/** Where a ref of one listing is in the other: what its name begins with is another, all behind that is the same. */
export interface Renaming {
  readonly from: string;
  readonly to: string;
}

export const SAME_NAME: Renaming = { from: '', to: '' };

const TO_UTF8 = new TextEncoder();

/** Of a refspec whose sides end in their stars; undefined: it renames otherwise. */
export function renamingBy({ source, destination }: Refspec): Renaming | undefined {
  const isPlain = (side: string): boolean => /^[!-)+-~]*\*$/.test(side);
  if (!destination || !isPlain(source) || !isPlain(destination)) return undefined;
  return { from: source.slice(0, -1), to: destination.slice(0, -1) };
}

export const back = ({ from, to }: Renaming): Renaming => ({ from: to, to: from });

/**
 * Of the refs of `one` that are renamed, at least those that are not in `other` by the other name with the same object; of
 * the others only some. Where that cannot be told quickly, all of `one`, renamed or not.
 */
export function* mayDiffer(
  one: RefAdvertisement,
  other: RefAdvertisement,
  renaming: Renaming | undefined,
): Iterable<readonly [RefName, ObjectName]> {
  const [packed, against] = [one.packed, other.packed];
  if (!packed || !against || !renaming) return yield* one;
  for (const [at, there] of counterparts(packed, against, renaming)) {
    // Of a name that is no ASCII only its text tells whether it is one that cannot be told from others.
    const isSame = there !== undefined && isAsciiAt(packed, at) && hasSameObject(packed, at, against, there);
    if (!isSame) yield [refAt(packed, at), objectAt(packed, at)];
  }
}

/** The refs of `one` that are in `other` by none of these other names. */
export function* refsWithout(
  one: PackedRefs,
  other: PackedRefs,
  renamings: readonly Renaming[],
): Generator<RefName, undefined> {
  const isFound = new Uint8Array(one.count);
  for (const renaming of renamings) {
    for (const [at, there] of counterparts(one, other, renaming)) if (there !== undefined) isFound[at] = 1;
  }
  for (let at = 0; at < one.count; at += 1) if (isFound[at] === 0) yield refAt(one, at);
}

/** Each ref of `one` that is renamed, with the one in `other` that has its other name; undefined: there is none. */
function* counterparts(
  one: PackedRefs,
  other: PackedRefs,
  { from, to }: Renaming,
): Generator<readonly [number, number | undefined], undefined> {
  const skipped = [TO_UTF8.encode(from).length, TO_UTF8.encode(to).length] as const;
  const [first, end] = rangeOf(one, TO_UTF8.encode(from));
  let [there, thereEnd] = rangeOf(other, TO_UTF8.encode(to));
  for (let at = first; at < end; at += 1) {
    let order = -1;
    // Behind what they begin with, the names of both are in the same order.
    while (there < thereEnd) {
      order = compareNames(other, there, one, at, [skipped[1], skipped[0]]);
      if (order >= 0) break;
      there += 1;
    }
    yield [at, order === 0 ? there : undefined];
  }
}
