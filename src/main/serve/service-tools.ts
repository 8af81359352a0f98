// Owns: what one served network needs of the rest of the daemon, and what may be asked of it.
// Leaves: the network itself (service.ts), and all of them together (services.ts).
import type { ObjectName, RefMove } from '../../shared/remote.ts';
import type { PeerIdentity, ServeOrder, ServeReport, ServeTask } from '../../shared/serve-messages.ts';
import type { Held, ServedNetwork } from '../../shared/status.ts';
import type { CloseHow } from '../../shared/thread-messages.ts';
import type { WriteRequests } from '../git/write-requests.ts';
import type { NameOf } from '../peers/peers.ts';
import type { TakeInvitation } from './invitations.ts';

/** A loop in a worker thread that serves one network. */
export interface ServeLoop {
  /** Repeated with `now` it hurries. It has ended only when `ended` was reported. */
  readonly close: (how: CloseHow) => void;
  readonly order: (order: ServeOrder) => void;
}

export interface ServiceTools extends WriteRequests {
  readonly taskFor: (network: string) => ServeTask;
  /** Runs the loop. `onReport` gets every report; exactly one `ended`, always last. */
  readonly openLoop: (task: ServeTask, onReport: (report: ServeReport) => void) => ServeLoop;
  /** A child process of a network's loop began or exited. */
  readonly noteChild: (network: string, pgid: number, running: boolean) => void;
  /** The loop has ended: what children it has left are those of a thread that was ended. Resolves when they are gone. */
  readonly endChildren: (network: string) => Promise<void>;
  /** What those are called who were given tokens, as it is now. */
  readonly names: () => NameOf;
  /** Somebody is here by that token. */
  readonly seen: (peer: PeerIdentity) => void;
  /** Somebody has come who was not here: his own daemon runs, so that he can be reached. */
  readonly came: (peer: PeerIdentity) => void;
  readonly takeInvitation: TakeInvitation;
  /** Repositories that remotes here are have something new. */
  readonly told: (uuids: readonly string[]) => void;
  /** A peer has come, which may be a remote here. */
  readonly peerSeen: (address: string) => void;
  readonly held: () => Held;
  readonly log: (network: string, text: string) => void;
  readonly warn: (network: string, text: string) => void;
  readonly statusChanged: () => void;
  readonly gone: (network: string) => void;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /** What a moment of it is called, in ms since the epoch. */
  readonly wallMsOf: (ms: number) => number;
  readonly random: () => number;
}

export interface Service {
  readonly network: string;
  /** Is served now, unless all is held. */
  readonly want: () => void;
  /** The config was read again, by which tokens and ways may be others. */
  readonly configured: (isAsked: boolean) => void;
  readonly wake: () => void;
  readonly hold: (how: CloseHow) => void;
  readonly remove: (how: CloseHow) => void;
  readonly offer: (refs: readonly RefMove[], objects: readonly ObjectName[]) => void;
  readonly isListening: () => boolean;
  readonly status: (held: Held) => ServedNetwork;
  readonly describe: () => readonly string[];
}
