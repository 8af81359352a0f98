// Owns: which remotes the user may begin to fetch just now: none whose last change the daemon is to bring by itself.
// Leaves: fetching (busy-user.ts), and when a remote is closed (stir.ts).
import { until } from '../../support/next-line.ts';

export interface FetchGate {
  /** Those that the user may begin to fetch. A fetch that runs may go on past `close`. */
  readonly open: ReadonlySet<string>;
  /** Waits, where the user is about to fetch from all. */
  readonly close: (name: string) => Promise<void>;
  readonly reopen: (name: string) => void;
  /** Waits until all are open, and keeps them so until the fetch has begun. */
  readonly beginWithAll: <Result>(begin: () => Promise<Result>) => Promise<Result>;
}

/** Longer than a change may take, lest one that is lost ends it all. */
const LIMIT_MS = 120_000;

export function createFetchGate(names: readonly string[]): FetchGate {
  const open = new Set(names);
  let isAwaited = false;
  return {
    open,
    close: async (name) => {
      await until('the user has begun to fetch from all', () => !isAwaited, LIMIT_MS);
      open.delete(name);
    },
    reopen: (name) => void open.add(name),
    beginWithAll: async (begin) => {
      isAwaited = true;
      try {
        await until('all remotes may be fetched', () => open.size === names.length, LIMIT_MS);
        return begin();
      } finally {
        isAwaited = false;
      }
    },
  };
}
