// Owns: what the control protocol says has changed here, on its way to peers: looked up a batch at a time, however it comes.
// Leaves: the looking up (main/git/named-refs.ts), and who is told (services.ts).
import { failureOf } from '../../shared/failures.ts';
import type { ObjectName, RefMove } from '../../shared/remote.ts';

export interface Offer {
  readonly refs: readonly RefMove[];
  readonly objects: readonly ObjectName[];
}

export interface OffersTools {
  /** What names mean now. */
  readonly lookUp: (names: readonly string[]) => Promise<Offer>;
  /** Whether anybody would hear of it. */
  readonly isHeard: () => boolean;
  readonly tell: (offer: Offer) => void;
  readonly log: (text: string) => void;
}

/** Names in one command line. */
const MOST_AT_ONCE = 500;
/** More are not kept: networks that are served watch the refs by themselves. */
const MOST_WAITING = 10_000;

/** Takes names of refs and of objects; of those that come while others are looked up, each is looked up once. */
export function createOffers({ lookUp, isHeard, tell, log }: OffersTools): (names: readonly string[]) => void {
  let waiting = new Set<string>();
  let isLooking = false;
  const look = async (): Promise<void> => {
    isLooking = true;
    try {
      while (waiting.size > 0) {
        const names = [...waiting];
        waiting = new Set(isHeard() ? names.slice(MOST_AT_ONCE) : []);
        if (isHeard()) tell(await lookUp(names.slice(0, MOST_AT_ONCE)));
      }
    } finally {
      isLooking = false;
    }
  };
  return (names) => {
    if (!isHeard()) return;
    for (const name of names) if (waiting.size < MOST_WAITING) waiting.add(name);
    if (isLooking) return;
    look().catch((error: unknown) => log(`what has changed is not told to peers: ${failureOf(error).detail}`));
  };
}
