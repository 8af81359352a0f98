// Owns: all that crosses the port between the main thread and the worker that serves one network.
// Leaves: how it is carried (main/supervisor/threads/loop-port.ts), links to remotes (thread-messages.ts).
import type { Rights } from './p2p/credentials.ts';
import type { NetworkSecrets, NetworkSettings } from './p2p/network-settings.ts';
import type { ObjectName, RefMove } from './remote.ts';
import type { CloseHow, Ending } from './thread-messages.ts';

/** What a worker is given to serve a network to peers. */
export interface ServeTask {
  /** As `remotedaemon.serve` names it. */
  readonly network: string;
  /** The top of the main work tree (bare: the git dir): git runs there. */
  readonly directory: string;
  /** The common git dir. */
  readonly gitDir: string;
  /** Environment variables that git needs to find the repository from there. */
  readonly repositoryVariables: Readonly<Record<string, string>>;
  /** This repository's. */
  readonly uuid: string;
  readonly torProxy: { readonly host: string; readonly port: number };
  readonly settings: NetworkSettings;
  /** Of this network. */
  readonly secrets: NetworkSecrets;
  /** Present where the network tells of news without streams. */
  readonly news?: NewsTask;
}

/** What is told to others of repositories that they know as well, and heard of them. */
export interface NewsTask {
  /** Nobody is let in: that is not asked for. */
  readonly isAll: boolean;
  readonly shared: readonly SharedRepository[];
}

/** A remote, as others may have it, too. */
export interface SharedRepository {
  readonly uuids: readonly string[];
  /** What the names of refs begin with that hold here what it has. */
  readonly keptBelow: readonly string[];
}

/** Who is heard on the network, and what is told of there: it may change while that goes on. */
export interface Acquaintances {
  readonly settings: NetworkSettings;
  readonly shared: readonly SharedRepository[];
}

/** Main to worker. */
export type ServeOrder =
  | { readonly kind: 'close'; readonly how: CloseHow }
  /** Nobody is let in any more, and who is not in the middle of something goes: a push may end. `close` follows. */
  | { readonly kind: 'finish' }
  /** To be told to each peer that waits, at once. `objects`: of which nobody knows by which refs they are reached. */
  | { readonly kind: 'offer'; readonly refs: readonly RefMove[]; readonly objects?: readonly ObjectName[] }
  /** Others are heard, and told of, than those of the task. */
  | { readonly kind: 'acquaint'; readonly acquaintances: Acquaintances }
  /** Tokens may be others now: who was let in by one that is gone is shut out. */
  | { readonly kind: 'recheck' }
  /** The turn to write here that was asked for by this number, or why there is none. */
  | { readonly kind: 'write-turn'; readonly turn: number; readonly denial?: string }
  /** The push of that turn is to end now, with the stream that it came by; `write-over` follows. Also of one that is over. */
  | { readonly kind: 'end-write'; readonly turn: number }
  /** What became of an invitation that a peer gave; `why` not it was not taken. */
  | { readonly kind: 'invitation-done'; readonly invitation: number; readonly why?: string };

/** Worker to main. */
export type ServeReport =
  | { readonly kind: 'started'; readonly threadId: number }
  /** Peers can come. */
  | { readonly kind: 'listening'; readonly how: string; readonly addresses: readonly string[] }
  /** All who are let in now; sent when that is different, at most a few times a second. */
  | { readonly kind: 'peers'; readonly peers: readonly PeerHere[] }
  /** Wants to write here: a push of a peer. */
  | { readonly kind: 'wants-write'; readonly turn: number; readonly peer: PeerIdentity }
  /** Bytes of that push came, so it is alive. */
  | { readonly kind: 'write-activity'; readonly turn: number; readonly bytes: number }
  | { readonly kind: 'write-over'; readonly turn: number; readonly ok: boolean; readonly detail?: string }
  /** A peer invites this repository. `text` is a secret. */
  | { readonly kind: 'invited'; readonly invitation: number; readonly text: string; readonly peer: PeerIdentity }
  /** Somebody who is known says that these repositories have something new; at most every few seconds each. */
  | { readonly kind: 'told'; readonly uuids: readonly string[] }
  /** A peer has come; `address` may say it more exactly than a remote does. */
  | { readonly kind: 'peer-seen'; readonly address: string }
  | { readonly kind: 'log'; readonly text: string }
  /** A child process that outlives a thread began or exited; `pgid` is the group that it leads. */
  | { readonly kind: 'child'; readonly pgid: number; readonly running: boolean }
  /** All that it held is closed. The last message. */
  | { readonly kind: 'ended'; readonly ending: Ending };

export interface PeerIdentity {
  /** Which token let it in: the first half of the SHA-256 of it, in hex. Tells nothing of the token. */
  readonly tokenId: string;
  /** What it says of itself. */
  readonly uuid: string;
  readonly rights: Rights;
}

export interface PeerHere extends PeerIdentity {
  /** Ms since the epoch. */
  readonly sinceMs: number;
  /** Streams it has open; more than one is usual. */
  readonly streams: number;
  /** It waits to be told of changes. */
  readonly isWaiting: boolean;
}
