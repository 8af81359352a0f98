// Owns: that a remote is compared where that will do, and fetched where it will not.
// Leaves: comparing (workers/ref-check.ts), fetching (remote-sync.ts), and when it is time to (watched-remote.ts).

export interface ComparingSurroundings {
  /** Whether anything may be fetched. */
  readonly mayFetch: () => boolean;
  readonly isFetching: () => boolean;
  /** Asks the link whether all is here; false: it cannot tell, and there will be no answer. */
  readonly ask: () => boolean;
  readonly fetch: () => void;
}

export interface Comparing {
  /** Fetches unless it is certain that all is here. */
  readonly check: () => void;
  /** Something may have moved. */
  readonly unsure: () => void;
  /** What the link was asked. */
  readonly answered: (allHere: boolean) => void;
  /** A fetch has ended. */
  readonly fetched: () => void;
}

export function createComparing({ mayFetch, isFetching, ask, fetch }: ComparingSurroundings): Comparing {
  let isUnsure = false;
  const check = (): void => {
    if (mayFetch() && !ask()) fetch();
  };
  /** What a fetch that runs brings in may be just what is missing: it is compared again when it is done. */
  const unlessFetching = (act: () => void): void => {
    isUnsure = isFetching();
    if (!isUnsure) act();
  };
  return {
    check,
    unsure: () => unlessFetching(check),
    answered: (allHere) => {
      if (!allHere) unlessFetching(fetch);
    },
    fetched: () => {
      if (isUnsure) check();
      isUnsure = false;
    },
  };
}
