// Owns: what every part of a running daemon stands on.
// Leaves: taking it up and letting go of it (daemon.ts).
import type { Repository } from './config/repository.ts';
import type { DaemonOptions } from './daemon-options.ts';
import type { Log } from './log.ts';
import type { StateDirectory } from './state-directory.ts';

export type Release = () => void | Promise<void>;

export interface Ground {
  readonly options: DaemonOptions;
  readonly repository: Repository;
  readonly directory: StateDirectory;
  readonly log: Log;
  /** Takes something to let go of when the daemon ends; what was taken last is let go first. */
  readonly later: (release: Release) => void;
}
