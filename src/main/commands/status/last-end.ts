// Owns: when and why the last daemon of a repository ended, where none runs.
// Leaves: the journal that tells of it (main/journal), and one that runs (ask.ts).
import type { DaemonEvent } from '../../../shared/events.ts';
import { printable } from '../../../shared/printable.ts';
import type { Instant } from '../../../shared/status.ts';
import { NONE_RUNS } from '../../instance/running-daemon.ts';
import type { StateDirectory } from '../../instance/state-directory.ts';
import { relative } from '../times.ts';

export interface LastEnd {
  /** Where it did not say that it ended: when it was last heard of. */
  readonly at: Instant;
  /** Absent: it was killed, or the machine went down. */
  readonly why?: string;
}

/** `events`: the last ones, in their order. undefined: they do not tell of one. */
export function lastEndIn(events: readonly DaemonEvent[]): LastEnd | undefined {
  const last = events.at(-1);
  if (last === undefined) return undefined;
  return last.event === 'ENDED' ? { at: last.at, why: last.why } : { at: last.at };
}

export async function lastEndHere(_directory: StateDirectory): Promise<LastEnd | undefined> {
  return lastEndIn([]);
}

/** `no daemon is running here; the last ended 5 min ago: the repository was moved` */
export function noneRuns(lastEnd: LastEnd | undefined, nowMs: number): string {
  if (lastEnd === undefined) return NONE_RUNS;
  const when = relative(lastEnd.at, nowMs);
  if (lastEnd.why !== undefined) return `${NONE_RUNS}; the last ended ${when}: ${printable(lastEnd.why)}`;
  return `${NONE_RUNS}; the last was killed, or the machine went down, ${when} or later`;
}
