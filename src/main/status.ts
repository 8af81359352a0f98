// Owns: what `status` tells, as data and as text.
// Leaves: gathering it (supervisor), and where it is kept (state.json in main/state-directory.ts).

/** A point in time as ISO 8601 in UTC. */
type Instant = string;

export interface RemoteStatus {
  readonly name: string;
  /** Without secrets. */
  readonly url: string;
  readonly state: 'connecting' | 'connected' | 'waiting' | 'down' | 'paused' | 'no-network' | 'closing';
  /** The rung in use and by what it goes: `git-annex-shell notifychanges over ssh2`, `git ls-remote every 600 s`. */
  readonly watchedBy: string;
  /** Why nothing better is used; absent on the best rung. */
  readonly whyNotBetter?: string;
  readonly connectedSince?: Instant;
  /** When the remote last said, or was seen, to have moved. */
  readonly lastChange?: Instant;
  readonly lastSync?: { readonly at: Instant; readonly ok: boolean; readonly detail?: string };
  readonly syncing: boolean;
  /** When it is tried again, or a failed fetch is; absent when nothing is due. */
  readonly nextTry?: Instant;
  readonly lastError?: { readonly at: Instant; readonly text: string };
}

export interface DaemonStatus {
  readonly pid: number;
  readonly version: string;
  readonly startedAt: Instant;
  readonly mode: 'foreground' | 'background' | 'run';
  readonly held: 'no' | 'paused' | 'no-network';
  readonly remotes: readonly RemoteStatus[];
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  /** Lines for `events` that nobody read. */
  readonly droppedLines: number;
}
