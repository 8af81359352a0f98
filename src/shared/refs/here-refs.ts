// Owns: what has to be known of the refs here that are kept of a remote's, to compare both; told from two whole listings.
// Leaves: the same told from ours as they come (held-refs.ts), and what it comes to (lacking.ts, all-here.ts).
import type { ObjectName, RefName } from '../remote.ts';
import { nameTakenBy } from './name-taken.ts';
import type { RefAdvertisement } from './ref-advertisement.ts';
import type { Refspec } from './refspec.ts';

/** Without symbolic refs: a fetch neither moves nor prunes those. */
export interface HereRefs extends Pick<RefAdvertisement, 'size' | 'get' | 'has'> {
  /** Of the remote's refs, at least those that are not here as this refspec keeps them. */
  readonly mayLack: (refspec: Refspec) => Iterable<readonly [RefName, ObjectName]>;
  /** Of the refs here, at least those of which the remote has nothing that they may be kept of. */
  readonly mayBeStale: () => Iterable<RefName>;
  /** The ref because of which nothing can be kept in a place: one cannot be both a ref and a folder of refs. */
  readonly takenBy: (place: RefName) => RefName | undefined;
}

export function hereBeside(remote: RefAdvertisement, here: RefAdvertisement): HereRefs {
  return {
    size: here.size,
    get: (place) => here.get(place),
    has: (place) => here.has(place),
    mayLack: () => remote,
    mayBeStale: () => here.keys(),
    takenBy: nameTakenBy(here.keys()),
  };
}
