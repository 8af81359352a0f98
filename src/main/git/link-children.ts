// Owns: the processes that links run, noted in the `running` file as git operations are, and ended if their thread was.
// Leaves: starting and ending them while their thread lives (workers/run-command.ts).
import type { RemoteName } from '../../shared/remote.ts';
import { endGroup } from '../host/process-group.ts';
import type { RunningFile } from './running-file.ts';

export interface LinkChildren {
  /** A child that leads a process group began, or exited. */
  readonly noteChild: (remote: RemoteName, pgid: number, running: boolean) => void;
  /** A remote's link has ended: children that never exited were left by a thread that crashed, and are ended. */
  readonly endChildren: (remote: RemoteName) => void;
}

export function createLinkChildren({ record }: RunningFile): LinkChildren {
  /** By remote: each process group that runs, with what forgets it. */
  const children = new Map<RemoteName, Map<number, () => void>>();
  return {
    noteChild: (remote, pgid, running) => {
      const own = children.get(remote) ?? new Map<number, () => void>();
      children.set(remote, own);
      own.get(pgid)?.();
      own.delete(pgid);
      if (running) own.set(pgid, record(pgid));
    },
    endChildren: (remote) => {
      for (const [pgid, forget] of children.get(remote) ?? []) void endGroup(pgid).then(forget);
      children.delete(remote);
    },
  };
}
