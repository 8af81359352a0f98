// Owns: of two listings of one remote, the refs that are not the same in both, found by one walk along both. Pure.
// Leaves: what follows from a difference (ref-advertisement.ts), and listings of two sides (held-refs.ts).
import type { ObjectName, RefName } from '../remote.ts';
import { compareNames, hasSameObject, objectAt, type RefAdvertisement, refAt } from './packed-refs.ts';

/** Of the refs of `one`, at least those that are not in `other` with the same object; all, where both are not kept as bytes. */
export function* mayDiffer(one: RefAdvertisement, other: RefAdvertisement): Iterable<readonly [RefName, ObjectName]> {
  const [packed, against] = [one.packed, other.packed];
  if (!packed || !against) return yield* one;
  let there = 0;
  for (let at = 0; at < packed.count; at += 1) {
    let order = -1;
    while (there < against.count) {
      order = compareNames(against, there, packed, at);
      if (order >= 0) break;
      there += 1;
    }
    if (order !== 0 || !hasSameObject(packed, at, against, there)) yield [refAt(packed, at), objectAt(packed, at)];
  }
}
