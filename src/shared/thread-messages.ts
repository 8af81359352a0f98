// Owns: all that crosses the port between the main thread and a remote's worker.
// Leaves: how it is carried (main/supervisor/threads/loop-port.ts, workers/entry.ts).
import type { Account, Denial, LoggedInBy, LoginOutcome } from './account.ts';
import type { Failure } from './failures.ts';
import type { RequestShapes } from './git-protocol/v2-request.ts';
import type { NetworkSecrets, NetworkSettings } from './p2p/network-settings.ts';
import type { Comparison, RefMove, RemoteName, WantedRefs } from './remote.ts';
import type { Rung } from './rungs/rungs.ts';
import type { SshCommand } from './ssh-target.ts';

/** The files that a thread loads, by their names. */
export const BUNDLES = ['entry.cjs', 'ssh2.cjs'] as const;

/** What is around the text of a bundle: what `require` gives a file. */
export const BUNDLE_FUNCTION = ['(function (exports, require, module, __filename, __dirname) {', '\n})'] as const;

/** By the names of the bundles. */
export type BundleBytes = Readonly<Record<string, Uint8Array>>;

/** All that a thread begins with, so that it needs no file. */
export interface HeldCode {
  /** The name by which it is asked for. */
  readonly entry: string;
  /** The text of that file. */
  readonly start: string;
  /** The text of the files of the pool of threads, by their names, that run in each thread. */
  readonly poolFiles: Readonly<Record<string, string>>;
}

/** What a thread is started with. All bytes are in shared memory: one copy for all threads. */
export interface ThreadData {
  /** Where the bundles are. */
  readonly directory: string;
  /**
   * Their text, so that a thread never loads that of another build: it would not fit what was compiled. Each is a function
   * already (BUNDLE_FUNCTION): half a megabyte need not be copied once more in each thread.
   */
  readonly sources: BundleBytes;
  /** What V8 made of them (vm.Script's cachedData). */
  readonly compiled?: BundleBytes;
  /** Absent: the thread is started from files. */
  readonly held?: HeldCode;
  /** Shared by all threads, and 0 until one is about to give back what V8 makes of them. */
  readonly claimed: Int32Array;
}

/** What a worker is given when a link is to be opened. Times in ms. */
export interface LinkTask {
  readonly remote: RemoteName;
  readonly url: string;
  readonly rung: Rung;
  /** Which refs of the remote a fetch would look at. */
  readonly refs: WantedRefs;
  /** For git's own connections; absent where none goes over ssh. */
  readonly sshCommand?: SshCommand;
  /** The top of the main work tree (bare: the git dir): relative paths and git itself start here. */
  readonly directory: string;
  /** Environment variables that git needs to find the repository from there. */
  readonly repositoryVariables: Readonly<Record<string, string>>;
  /** Present where the remote is a peer. */
  readonly peer?: PeerTask;
  /** Where the objects are that are here already; absent where that is not known. */
  readonly objectsDirectory?: string;
  /** Path at which a relay socket may be made, with its other doors (git-protocol/relay-doors.ts); absent where there is none. */
  readonly relaySocket?: string;
  /**
   * One word, by which a watcher on the server knows those that an earlier link of this daemon with this remote has left
   * there; absent where it is to look for none, and to be known by none.
   */
  readonly watcherMark?: string;
  /** None of this daemon's links with this remote was before it, so that nothing is left there. */
  readonly isFirst?: true;
  /** So many commands the server carries over one connection, as another link has found out. */
  readonly mostChannels?: number;
  /** How git asked this remote over an earlier link. */
  readonly requestShapes?: RequestShapes;
  /** Of the section of secrets.ini that the rung's row names: passphrases of ssh keys, by the key's absolute path. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** What a link to a peer needs besides. */
export interface PeerTask {
  /** What this repository calls itself. */
  readonly ownUuid: string;
  /** The common git dir, below which tokens, keys and sockets are. */
  readonly gitDir: string;
  /** Where tor's SOCKS5 proxy is. */
  readonly torProxy: { readonly host: string; readonly port: number };
  readonly settings: NetworkSettings;
  /** Of the peer's network. */
  readonly secrets: NetworkSecrets;
  /** To this repository, as text: the peer is invited once it is reached, if it knows how. A secret. */
  readonly invitation?: string;
}

/** Main to worker. */
export type Order =
  /** `kindly` lets the peer finish its goodbye for a moment; `now` drops the socket. */
  | { readonly kind: 'close'; readonly how: CloseHow }
  /**
   * Says by `checked` whether all is here; only for a link that can. What is asked meanwhile is answered by one more.
   * `fetchedAfter`: a fetch has worked since, that began when so many `checked` had come: what it left it would leave again.
   * `asked`: its number, by which its answer is known.
   */
  | {
      readonly kind: 'check';
      readonly comparison: Comparison;
      readonly fetchedAfter?: number;
      readonly asked: number;
    }
  /** The link may be dead without knowing it: what does not answer within so long is. */
  | { readonly kind: 'prove'; readonly limitMs: number }
  /** The turn that was asked for by this number, or why there is none. */
  | { readonly kind: 'turn'; readonly turn: number; readonly denial?: Denial }
  /** The news that came last (`isNews`) are dealt with: others may be sent. */
  | { readonly kind: 'taken' };

export type CloseHow = 'kindly' | 'now';

/** Worker to main. */
export type Report =
  /** The thread runs this link's loop; sent once, first. `threadId` is that of worker_threads. */
  | { readonly kind: 'started'; readonly threadId: number }
  /** What it is busy with until it is connected, and how many ms it gives that; absent: it waits for others. */
  | { readonly kind: 'phase'; readonly phase: LinkPhase; readonly limitMs?: number }
  /**
   * Listening: whatever moves from here on is reported. `how` is for `status`; `relay` if git may use the link; `checks`
   * if it can say whether all is here.
   */
  | { readonly kind: 'connected'; readonly how: string; readonly relay: boolean; readonly checks: boolean }
  /**
   * Whether a fetch would change nothing; false also where that could not be found out. `asked`: the last order before the
   * remote was looked at. `listed`: how many refs that are wanted it has, where they were listed. `hasAllTags`: each of its
   * tags was here, wherever that points.
   */
  | {
      readonly kind: 'checked';
      readonly allHere: boolean;
      readonly asked: number;
      readonly listed?: number;
      readonly hasAllTags?: true;
    }
  /** Something may have moved, or nothing: worth a check. */
  | { readonly kind: 'unsure' }
  /** Refs of the remote moved; which ones is told where it is known. */
  | { readonly kind: 'moved'; readonly refs?: readonly RefMove[] }
  /** A remote that is polled has answered once more. `unproven`: what it told before may not be here yet. */
  | { readonly kind: 'polled'; readonly unproven?: true }
  | { readonly kind: 'log'; readonly text: string }
  /** The server carries no more commands over one connection; not `isSure`: it may be that the connection broke. */
  | { readonly kind: 'channels'; readonly most: number; readonly isSure: boolean }
  /** So git asks this remote over the link; of use to the next one. */
  | { readonly kind: 'request-shapes'; readonly shapes: RequestShapes }
  /** So many bytes came through the relay: the git operation that uses it is alive. At most four a second. */
  | { readonly kind: 'relay-activity'; readonly bytes: number }
  | TurnReport
  /** A child process that outlives a thread began or exited; `pgid` is the group that it leads. */
  | { readonly kind: 'child'; readonly pgid: number; readonly running: boolean }
  /** What a peer says it is, once a link. */
  | { readonly kind: 'peer-known'; readonly uuid: string }
  /** The peer was to be invited in return: whether it took that, and if not, why. */
  | { readonly kind: 'invitation-given'; readonly taken: true }
  | { readonly kind: 'invitation-given'; readonly taken: false; readonly why: string }
  /** All that the link held is closed. The last message. */
  | { readonly kind: 'ended'; readonly ending: Ending };

/** What a link tells of the peer that it is with, and nothing follows from for the link. */
export type PeerReport = Extract<Report, { kind: 'peer-known' | 'invitation-given' }>;

/** A link has no more than one of these under way, until it is told that this was taken. */
export type News = Extract<Report, { kind: 'moved' | 'unsure' }>;

export const isNews = (report: Report): report is News => report.kind === 'moved' || report.kind === 'unsure';

/** Asks for a turn to pass a gate; gives it up, or the wait for it. Numbered anew by each link. */
export type TurnReport =
  | { readonly kind: 'wants-turn'; readonly turn: number; readonly gate: Gate }
  /** `outcome`: of the login that it was for, where that says something of the account. */
  | { readonly kind: 'turn-over'; readonly turn: number; readonly outcome?: LoginOutcome };

/** In words that `status` shows. `starting`: before its thread has said anything else. */
export type LinkPhase =
  | 'starting'
  | 'waiting for a turn'
  | 'reading the settings of ssh'
  | 'logging in'
  | 'waiting for the ssh agent'
  | 'asking for a command'
  | 'waiting for READY'
  | 'reaching the peer'
  | 'asking the peer to be let in'
  | 'listing refs';

/** What no more than a few links may do at once. */
export type Gate =
  /** A process that asks a server for its refs, and waits for it. */
  | { readonly kind: 'poll'; readonly login?: Login }
  /** Comparing a remote's refs with those here. */
  | { readonly kind: 'look' }
  /** Logging in to a server: `host:port`, as it is after config. */
  | { readonly kind: 'login'; readonly server: string; readonly login: Login };

/** Whose login, and who logs in. */
export interface Login {
  readonly account: Account;
  readonly by: LoggedInBy;
}

export type Ending = { readonly kind: 'closed' } | { readonly kind: 'failed'; readonly failure: Failure };
