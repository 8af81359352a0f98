// Owns: what `status` tells, as data.
// Leaves: gathering it (main/supervisor), keeping it (main/instance/status-file.ts), the words for a terminal.

/** A point in time as ISO 8601 in UTC. */
export type Instant = string;

export interface RemoteStatus {
  readonly name: string;
  /** Without secrets. */
  readonly url: string;
  readonly state: 'connecting' | 'connected' | 'waiting' | 'down' | 'paused' | 'no-network' | 'closing';
  /** What it is busy with while it is connecting: `logging in`. */
  readonly phase?: string;
  /** The rung in use and by what it goes: `git-annex-shell notifychanges over ssh`, `git ls-remote every 600 s`. */
  readonly watchedBy: string;
  /** Why nothing better is used; absent on the best rung. */
  readonly whyNotBetter?: string;
  /** What keeps it from better is not how the remote is, but something that a person may mend, or that may pass. */
  readonly couldBeBetter?: true;
  /** It is asked for its refs so often, in seconds, and tells nothing by itself; absent: it tells. */
  readonly polledEveryS?: number;
  readonly connectedSince?: Instant;
  /** When it last answered, on this connection; only where it is asked at an interval. */
  readonly lastPoll?: Instant;
  /** When the remote last said, or was seen, to have moved. */
  readonly lastChange?: Instant;
  readonly lastSync?: { readonly at: Instant; readonly ok: boolean; readonly detail?: string };
  /** When it was last compared with the remote, and nothing was missing. */
  readonly lastCheck?: Instant;
  readonly syncing: boolean;
  /** What it tells is looked at then, as what it told last brought nothing again and again; absent: at once. */
  readonly newsHeldUntil?: Instant;
  /** What runs moves next to nothing. */
  readonly crawls?: true;
  /** What the fetch that runs has brought so far, where that is much. */
  readonly receivedBytes?: number;
  /** Of a sync that takes longer than a moment. */
  readonly progress?: Progress;
  /** When it is tried again, or a failed fetch is; absent when nothing is due. */
  readonly nextTry?: Instant;
  readonly lastError?: { readonly at: Instant; readonly text: string };
}

/** What git shows of what it does. */
export interface Progress {
  /** When the sync began. */
  readonly since: Instant;
  /** As git says it: `Receiving objects:  12% (34/283), 1.20 MiB | 600.00 KiB/s`. */
  readonly text: string;
  /** Of this step, from 0 to 100; absent where git does not know it. */
  readonly percent?: number;
}

/** A network on which this repository is served to peers, or which brings news. */
export interface ServedNetwork {
  /** As `remotedaemon.serve` names it. */
  readonly network: string;
  /** Nobody is served there: others tell of remotes that they have as well. */
  readonly onlyNews?: true;
  readonly state: 'starting' | 'listening' | 'waiting' | 'paused' | 'no-network' | 'closing';
  /** By what, while it listens. */
  readonly how?: string;
  /** Where peers find it; no token is in them. */
  readonly addresses: readonly string[];
  readonly peers: readonly ServedPeer[];
  readonly lastError?: { readonly at: Instant; readonly text: string };
  readonly nextTry?: Instant;
}

/** Who is let in just now. */
export interface ServedPeer {
  /** The remote it is here, or what its invitation is called; undefined: let in by a token of git-annex's own. */
  readonly name?: string;
  readonly uuid: string;
  readonly rights: 'read' | 'write';
  readonly since: Instant;
}

export const STATUS_VERSION = 1;

/** Whether links are kept from being opened, and by what. */
export type Held = 'no' | 'paused' | 'no-network' | 'stopping';

/** Where a daemon is controlled from and where its log goes (design.md §3). */
export type DaemonMode = 'foreground' | 'background' | 'run';

export interface DaemonStatus {
  /** Of this form: another where something in it no longer means what it did. What is new in it makes no other. */
  readonly version: typeof STATUS_VERSION;
  readonly pid: number;
  /** That of the program that runs. */
  readonly programVersion: string;
  /** That of the program that was asked for this. */
  readonly installed?: string;
  readonly startedAt: Instant;
  readonly mode: DaemonMode;
  /** Where its files are. */
  readonly directory?: string;
  /** Its named pipes, where it has any. */
  readonly control?: string;
  readonly events?: string;
  /** What of these is not in the repository, and why. */
  readonly elsewhere?: string;
  readonly held: Held;
  /** Why, where nobody asked for it: it resumes by itself. */
  readonly heldWhy?: string;
  /** Why the config cannot be used as it is now; what was read before it still holds. */
  readonly configProblem?: string;
  /** What the system refuses, and what is done instead; a line each. An older version says nothing of it. */
  readonly doneWithout?: readonly string[];
  readonly remotes: readonly RemoteStatus[];
  /** Absent where nothing is served. */
  readonly served?: readonly ServedNetwork[];
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
  /** Lines for `events` that nobody read. */
  readonly droppedLines: number;
  /** Only where fetches do not go to remote-tracking refs. */
  readonly fetchMode?: 'prefetch';
  /** Only where it was read from the file, as the daemon did not answer: when that was written. */
  readonly asOf?: Instant;
}

/** As a daemon before the form had a version said it: there it was the program's. */
type EarlierStatus = Omit<DaemonStatus, 'version' | 'programVersion'> & { readonly version: string };

/** What a daemon of any version has told, in this form. */
export function inThisForm(told: DaemonStatus | EarlierStatus): DaemonStatus {
  if (typeof told.version !== 'string') return told;
  return { ...told, version: STATUS_VERSION, programVersion: told.version };
}
