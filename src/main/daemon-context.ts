// Owns: what a daemon is started with, and what every part of it is given once it runs.
// Leaves: the words a user says it with (commands/command-line.ts), taking it up and letting go of it (daemon.ts).
import type { LogLevel } from '../shared/log-line.ts';
import type { DaemonMode } from '../shared/status.ts';
import type { Repository } from './config/repository.ts';
import type { DoneWithout } from './host/done-without.ts';
import type { StateDirectory } from './instance/state-directory.ts';
import type { Journal } from './journal/journal.ts';
import type { Log } from './log/log.ts';

/** What the protocol calls a remote. */
export type RemoteId = 'name' | 'uri';

/** Keeps what V8 made of this program's code, for the next start; returns why it could not. */
export type KeepCode = () => string | undefined;

export interface DaemonOptions {
  readonly mode: DaemonMode;
  /** Absent: as `remotedaemon.remoteId` says. */
  readonly remoteId?: RemoteId;
  /** The process with which it ends. */
  readonly parentPid?: number;
  /** Stop the daemon that runs here and take over. */
  readonly replace: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** To be called once, when the lock is held and the control endpoint reads: so many remotes are watched from now on. */
  readonly onReady?: (watched: number) => void;
  /** To be called when the start is over. */
  readonly keepCode: KeepCode;
  /** Absent: as `remotedaemon.logLevel` says. */
  readonly logLevel?: LogLevel;
}

export type Release = () => void | Promise<void>;

export interface DaemonContext {
  readonly options: DaemonOptions;
  readonly repository: Repository;
  readonly directory: StateDirectory;
  /** Whether that directory is still there, and another daemon cannot be in its place. */
  readonly isInPlace: () => boolean;
  readonly log: Log;
  readonly journal: Journal;
  readonly without: DoneWithout;
  /** Keeps what is to be called when the daemon ends; what was kept last is called first. */
  readonly onStop: (release: Release) => void;
}
