// Owns: what a network is to the rest: streams of bytes between two addresses. It knows nothing of git.
// Leaves: each network, a file or folder of its own, and their table (networks.ts).
import type { Duplex } from 'node:stream';
import type { PeerAddress } from '../../../shared/p2p/address.ts';
import type { NetworkSecrets, NetworkSettings } from '../../../shared/p2p/network-settings.ts';
import type { NoteChild } from '../../run-command.ts';

/** What any network may need of where it runs. */
export interface NetworkContext {
  /** The top of the main work tree (bare: the git dir): programs run there. */
  readonly directory: string;
  /** Of programs; without what names another repository. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The git dir, where networks keep keys and sockets below `annex/`. */
  readonly gitDir: string;
  /** Where tor's SOCKS5 proxy is. */
  readonly torProxy: { readonly host: string; readonly port: number };
  readonly settings: NetworkSettings;
  /** Of this network only; not to be told. */
  readonly secrets: NetworkSecrets;
  readonly noteChild: NoteChild;
  readonly log: (text: string) => void;
}

export interface Network {
  /**
   * A stream to that address; both its halves end and fail on their own (allowHalfOpen). Tor itself knows no halves: once
   * one side has ended, nothing comes from the other (seen with 0.4.9), so who waits for an answer does not end. Throws a
   * DaemonError (`unreachable`: nobody is there now, which may also show only when the stream fails), or what the signal
   * was aborted with. Destroying the stream ends all it is made of.
   */
  readonly dial: (address: PeerAddress, context: NetworkContext, signal: AbortSignal) => Promise<Duplex>;
  /** Takes streams from whoever comes. Resolves once it listens; throws a DaemonError where it cannot. */
  readonly listen: (options: ListenOptions, context: NetworkContext, signal: AbortSignal) => Promise<Listening>;
  /**
   * Where peers are to find this repository, without anybody being asked for it: what it takes, such as a key, is made
   * where it is not there yet. Throws a DaemonError. Only networks of ours have it.
   */
  readonly addresses?: (context: NetworkContext) => Promise<readonly PeerAddress[]>;
  /**
   * Tells others that repositories have something new, and hears the same of them: without any stream, and where this
   * repository is not served, too. Throws a DaemonError.
   */
  readonly announce?: (options: AnnounceOptions, context: NetworkContext, signal: AbortSignal) => Promise<Announcing>;
}

export interface AnnounceOptions {
  /** Repositories have something new, by their uuids; somebody who is known says so. */
  readonly onTold: (uuids: readonly string[]) => void;
  /** For a time nothing could be heard: whatever was told then is missed. */
  readonly onMissed: () => void;
  /** A peer has come. `at`: where, as a remote may name it; it may be named less exactly. */
  readonly onCame: (at: PeerAddress) => void;
}

export interface Announcing {
  readonly tell: (uuids: readonly string[]) => void;
  /** In words for `status`. */
  readonly how: string;
  readonly meet?: Listening['meet'];
  /** Rejects with a DaemonError when that is over by itself. */
  readonly ended: Promise<never>;
  /** Settles soon after `now`, and never rejects. */
  readonly close: (now: AbortSignal) => Promise<void>;
}

export interface ListenOptions {
  /** Own addresses that are known already (p2paddrs); a network that has none yet finds out, or makes one. */
  readonly known: readonly PeerAddress[];
  /** This repository's uuid, by which tor's sockets are named. */
  readonly uuid: string;
  /** `at`: the own address to which it came. */
  readonly onStream: (stream: Duplex, at: PeerAddress) => void;
}

export interface Listening {
  /** Where peers find it. */
  readonly addresses: readonly PeerAddress[];
  /** In words for `status`, such as `the socket /…/s`. */
  readonly how: string;
  /** From now on hears whom these settings name; open streams stay. Absent: they do not say that. */
  readonly meet?: (settings: NetworkSettings) => void;
  /** Rejects with a DaemonError when it listens no more by itself. */
  readonly ended: Promise<never>;
  /** Takes no more, and lets go of all but the streams. Settles soon after `now`, and never rejects. */
  readonly close: (now: AbortSignal) => Promise<void>;
}
