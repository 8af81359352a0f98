// Owns: what is told of a remote's listings, one after the other: what moved since it was last proven to be here. Pure.
// Leaves: listing (poll-loop.ts), and proving it (compare.ts).
import { movesBetween, type RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import type { RefMove, RefName } from '../../shared/remote.ts';

export interface ProvenRefs {
  /** It was listed once more. `unproven`: it says what was told of before, and nobody has found that here since. */
  readonly listed: (refs: RefAdvertisement) => Told;
  /** All of this listing is here. */
  readonly areHere: (refs: RefAdvertisement) => void;
}

export type Told =
  | { readonly kind: 'nothing' | 'unproven' }
  | { readonly kind: 'moved'; readonly refs: readonly RefMove[] };

/** At the next listing, and then after twice as many; what is not proven by then is left to the safety check. */
const ASKED_AT: ReadonlySet<number> = new Set([1, 2, 4, 8, 16]);

/**
 * Behind one name there may be several servers, of which some lag behind: that one has listed what moved does not say that
 * a fetch, which may come to another, has brought it. `first`: the first listing, which whoever connects sees to.
 */
export function createProvenRefs(first: RefAdvertisement, isWanted: (ref: RefName) => boolean): ProvenRefs {
  let proven: RefAdvertisement | undefined;
  let told = first;
  let listings = 0;
  return {
    listed: (refs) => {
      if (proven !== undefined && movesBetween(proven, refs, isWanted).length === 0) {
        told = proven;
        return { kind: 'nothing' };
      }
      const moves = movesBetween(told, refs, isWanted);
      listings = moves.length > 0 ? 0 : listings + 1;
      told = refs;
      if (moves.length > 0) return { kind: 'moved', refs: moves };
      return { kind: ASKED_AT.has(listings) ? 'unproven' : 'nothing' };
    },
    areHere: (refs) => {
      proven = refs;
    },
  };
}
