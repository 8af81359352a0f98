// Owns: that a remote is compared where that will do, and fetched where it will not.
// Leaves: comparing (workers/refs/compare.ts), fetching (syncing.ts), and when it is time to (remote.ts).

export interface ComparingSurroundings {
  /** Whether anything may be fetched. */
  readonly mayFetch: () => boolean;
  readonly isFetching: () => boolean;
  /** Asks the link whether all is here; false: it cannot tell, and there will be no answer. */
  readonly ask: () => boolean;
  readonly fetch: () => void;
  /** What the server told, and may not have been so, was. */
  readonly moved: () => void;
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
  /** The link has ended, and will answer nothing more. */
  readonly forget: () => void;
}

export function createComparing({ mayFetch, isFetching, ask, fetch, moved }: ComparingSurroundings): Comparing {
  let awaitsAnswer = false;
  /** Of what the server told. */
  let doubts = false;
  let again = false;
  const compare = (): void => {
    if (!mayFetch()) return;
    awaitsAnswer = ask();
    if (!awaitsAnswer) fetch();
  };
  /** What a fetch that runs brings in may be just what is missing: it is compared again when it is done. */
  const unlessFetching = (act: () => void): void => {
    again = isFetching();
    if (!again) act();
  };
  return {
    // One that has not answered since the last time hangs.
    check: () => (awaitsAnswer && mayFetch() ? fetch() : compare()),
    unsure: () => {
      doubts = true;
      unlessFetching(compare);
    },
    answered: (allHere) => {
      awaitsAnswer = false;
      if (doubts && !allHere) moved();
      doubts = false;
      if (!allHere) unlessFetching(fetch);
    },
    fetched: () => {
      if (again) compare();
      again = false;
    },
    forget: () => {
      awaitsAnswer = false;
      doubts = false;
    },
  };
}
