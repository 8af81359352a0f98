// Owns: what a daemon is started with, whoever starts it.
// Leaves: the words a user says it with (command-line.ts), and doing it (daemon.ts).

/** Where it is controlled from and where its log goes (design.md §3). */
export type DaemonMode = 'foreground' | 'background' | 'run';

/** What the protocol calls a remote. */
export type RemoteId = 'name' | 'uri';

export interface DaemonOptions {
  readonly mode: DaemonMode;
  /** Absent: as `remotedaemon.remoteId` says. */
  readonly remoteId?: RemoteId;
  /** Stop the daemon that runs here and take over. */
  readonly replace: boolean;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** To be called once, when the lock is held and the control endpoint reads. */
  readonly onReady?: () => void;
}
