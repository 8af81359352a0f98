// Owns: that no program which carries a network outlives the remote helper that has started it.
// Leaves: starting and ending one in time (workers/run-command.ts, ../network).
import { signalGroup } from '../../../shared/system/child-process.ts';
import { within } from '../../../shared/timing/within.ts';

/** To end by itself, when its stream is gone. */
const GONE_MS = 1_000;

export interface Children {
  readonly note: (pgid: number, running: boolean) => void;
  /** Resolves when all have ended, or soon. */
  readonly gone: () => Promise<void>;
  /** Ends those that are left, at once. */
  readonly kill: () => void;
}

export function createChildren(): Children {
  const groups = new Set<number>();
  let allGone = (): void => undefined;
  return {
    note: (pgid, running) => {
      if (running) groups.add(pgid);
      else groups.delete(pgid);
      if (groups.size === 0) allGone();
    },
    gone: async () => {
      if (groups.size === 0) return;
      await within(new Promise<void>((resolve) => (allGone = resolve)), GONE_MS);
    },
    kill: () => {
      for (const pgid of groups) signalGroup(pgid, 'SIGKILL');
    },
  };
}
