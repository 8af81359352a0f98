// Owns: which tips a remote was last seen to have, so that a server that tells them again is not taken at its word.
// Leaves: listing (list-refs.ts), and what is then done (ssh-link.ts).
import type { ObjectName } from '../../shared/remote.ts';
import type { ListRefs } from '../transport.ts';

export interface RememberedTips {
  readonly list: ListRefs;
  /** Whether all of these, at least one, were in the last listing, or may be in the one that is being made. */
  readonly mayHave: (tips: readonly ObjectName[]) => boolean;
}

/** Of a remote with more refs none are remembered: about 1 MB. */
const MOST_TIPS = 10_000;

export function rememberTips(list: ListRefs): RememberedTips {
  let known: ReadonlySet<ObjectName> = new Set();
  let listing = 0;
  return {
    list: async (signal) => {
      listing += 1;
      try {
        const refs = await list(signal);
        known = new Set(refs.size <= MOST_TIPS ? refs.values() : []);
        return refs;
      } finally {
        listing -= 1;
      }
    },
    mayHave: (tips) => tips.length > 0 && (listing > 0 || tips.every((tip) => known.has(tip))),
  };
}
