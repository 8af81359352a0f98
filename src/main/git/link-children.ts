// Owns: the processes that loops in threads run, noted in the `running` file as git operations are, and ended if their thread was.
// Leaves: starting and ending them while their thread lives (workers/run-command.ts).
import { endGroup } from '../host/process-group.ts';
import type { RunningFile } from './running-file.ts';

/** `Owner`: whose loop it is. */
export interface LinkChildren<Owner> {
  /** A child that leads a process group began, or exited. */
  readonly noteChild: (owner: Owner, pgid: number, running: boolean) => void;
  /** An owner's loop has ended: children that never exited were left by a thread that crashed, and are ended. Resolves when they are gone. */
  readonly endChildren: (owner: Owner) => Promise<void>;
}

export function createLinkChildren<Owner extends string>({ record }: RunningFile): LinkChildren<Owner> {
  /** By owner: each process group that runs, with what forgets it. */
  const children = new Map<Owner, Map<number, () => void>>();
  return {
    noteChild: (owner, pgid, running) => {
      const own = children.get(owner) ?? new Map<number, () => void>();
      children.set(owner, own);
      own.get(pgid)?.();
      own.delete(pgid);
      if (running) own.set(pgid, record(pgid));
    },
    endChildren: async (owner) => {
      const own = [...(children.get(owner) ?? [])];
      children.delete(owner);
      await Promise.all(own.map(([pgid, forget]) => endGroup(pgid).then(forget)));
    },
  };
}
