// Owns: what a remote is inside the program, and the brands of git's words.
// Leaves: how one is read from git's config (main/config), how it can be watched (rungs/), how it is reached (workers).
import type { Rung } from './rungs/rungs.ts';
import type { SshCommand } from './ssh-target.ts';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

export type RemoteName = Brand<string, 'RemoteName'>;
export type RefName = Brand<string, 'RefName'>;
export type ObjectName = Brand<string, 'ObjectName'>;

/** A remote's name as git config has it; its configuration section is the proof that git takes it for one. */
export const remoteName = (text: string): RemoteName => text as RemoteName;

/** A full ref name such as `refs/heads/main`, or undefined (git-check-ref-format(1), the rules that matter to us). */
export function parseRefName(text: string): RefName | undefined {
  const bad = /(?![\x80-\x9f])\p{Cc}|[ ~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[/.]$/u;
  return text.startsWith('refs/') && !bad.test(text) ? (text as RefName) : undefined;
}

/** A full SHA-1 or SHA-256 object name in lower case, or undefined. */
export function parseObjectName(text: string): ObjectName | undefined {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? (text as ObjectName) : undefined;
}

export interface RungPin {
  /** As a person would write it. */
  readonly key: string;
  readonly value: 'annex-shell' | 'watch' | 'poll';
}

/** What became of a remote's ref. */
export interface RefMove {
  readonly ref: RefName;
  /** undefined: it is gone. `unknown`: whoever tells of it does not say. */
  readonly tip: ObjectName | 'unknown' | undefined;
}

/** Which refs of a remote matter here. */
export interface WantedRefs {
  /** `remote.<n>.fetch`, as the config has it. */
  readonly refspecs: readonly string[];
  /** Whether tags are followed; false for `tagOpt = --no-tags`. */
  readonly tags: boolean;
}

/** What a fetch does beyond keeping its refspecs; where this changes, it is time for one. */
export interface Comparison {
  /** Refspecs by which it deletes what the remote has not got. */
  readonly pruned: readonly string[];
  /** It brings tags of what is not here, too. */
  readonly allTags?: true;
  /** It brings a part of the objects (a partial clone): which, git alone knows. */
  readonly isPartial?: true;
}

/** That what is kept of a remote's refs is deleted when they are gone. */
export interface Pruning {
  /** By which it is kept; of `remote.<n>.fetch` those that may be deleted by, with those that leave something out. */
  readonly refspecs: readonly string[];
}

/**
 * Where git by itself could delete or overwrite what is only here: what it is told instead. It then writes to
 * refs/remotes/, refs/prefetch/ and, what is not there yet, refs/tags/ alone.
 */
export interface FetchPlan {
  /** Refspecs as the config has them, that keep refs below refs/remotes/ or refs/prefetch/. */
  readonly tracked: readonly string[];
  /** Nothing is deleted by them, whatever the config says of pruning. */
  readonly keepsAll: boolean;
  /** Every tag that is not here is brought. */
  readonly allTags: boolean;
  /** Those that would keep refs elsewhere: each is kept in the waiting room, until it is decided what becomes of it. */
  readonly waiting: readonly WaitingRefspec[];
  /** What is left out of both. */
  readonly negative: readonly string[];
}

export interface WaitingRefspec {
  /** For git: forced, into the waiting room. */
  readonly text: string;
  /** As the config means it, with a full destination. */
  readonly source: string;
  readonly destination: string;
}

/** What a CHANGED does with a remote. */
export interface PushPlan {
  /** `remote.<n>.push`, any leading `+` removed; empty: each ref to its own name. */
  readonly refspecs: readonly string[];
}

/** All that the program uses of a remote; two that are deeply equal need no new connection. */
export interface Remote {
  readonly name: RemoteName;
  /** `remote.<n>.url` after insteadOf: what git itself would fetch from. */
  readonly url: string;
  /** The same as the git-annex assistant spells it; for `--remote-id=uri` only. */
  readonly uri: string;
  /** Whether its host is this machine, so that it is tried without a network too. */
  readonly onThisHost: boolean;
  readonly rungs: readonly [Rung, ...Rung[]];
  /** The config asks for one way to watch; absent where the daemon chooses. */
  readonly pin?: RungPin;
  /** Which of its refs a fetch would look at. */
  readonly refs: WantedRefs;
  /** How a fetch is kept from taking away what is only here; absent where the config alone takes nothing. */
  readonly plan?: FetchPlan;
  /** How it can be told without a fetch that everything is here; absent where only a fetch can tell. */
  readonly comparison?: Comparison;
  /** Absent where nothing is deleted. */
  readonly pruning?: Pruning;
  /** How ssh is called for it; absent where neither fetching nor pushing goes over ssh. */
  readonly sshCommand?: SshCommand;
  /** False for `annex-pull=false`: watched, and what moved is shown, but not fetched. */
  readonly fetches: boolean;
  readonly push?: PushPlan;
  /** What it is called wherever it is a remote, too: of git-annex, or agreed on. Absent where it has no such name. */
  readonly uuids?: readonly string[];
}

/** What a remote is called, by either way to call it. */
export type RemoteIdentity = Pick<Remote, 'name' | 'uri'>;

/** What a new config does to the remotes. `removed`: as they were; the others: as they are now. */
export interface RemoteChanges {
  readonly kept: readonly Remote[];
  readonly added: readonly Remote[];
  readonly changed: readonly Remote[];
  readonly removed: readonly Remote[];
}

/** A remote of the repository that is not watched, with the reason a person is shown. */
export interface SkippedRemote {
  readonly name: RemoteName;
  readonly why: string;
}
