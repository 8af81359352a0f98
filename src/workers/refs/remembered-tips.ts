// Owns: which tips a remote was last seen to have, so that a server that tells them again is not taken at its word.
// Leaves: listing (upload-pack/list-refs.ts), and what is then done (ssh/ssh-link.ts).
import type { ObjectName } from '../../shared/remote.ts';
import { within } from '../../shared/timing/within.ts';
import { ANSWER } from '../patience.ts';
import type { ListRefs } from '../transport.ts';

export interface RememberedTips {
  readonly list: ListRefs;
  /** Whether all of these, at least one, were in the last listing; one that is being made is waited for, for a moment. */
  readonly hadAll: (tips: readonly ObjectName[]) => Promise<boolean>;
}

/** Of a remote with more refs none are remembered: about 1 MB. */
const MOST_TIPS = 10_000;

export function rememberTips(list: ListRefs): RememberedTips {
  let known: ReadonlySet<ObjectName> = new Set();
  let underway: Promise<unknown> | undefined;
  const listAndNote: ListRefs = async (signal, options) => {
    const refs = await list(signal, options);
    known = new Set(refs.size <= MOST_TIPS ? refs.values() : []);
    return refs;
  };
  return {
    list: (signal, options) => {
      const listing = listAndNote(signal, options);
      const over = listing
        .catch(() => undefined)
        .then(() => {
          if (underway === over) underway = undefined;
        });
      underway = over;
      return listing;
    },
    hadAll: async (tips) => {
      if (tips.length === 0) return false;
      if (underway !== undefined) await within(underway, ANSWER.listingUnderWayMs);
      return tips.every((tip) => known.has(tip));
    },
  };
}
