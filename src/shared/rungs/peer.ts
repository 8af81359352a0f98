// Owns: the rung by which a peer is watched: a repository without a server, over a network of peers.
// Leaves: reaching it, and what is said (workers/peer).
import { formatPeerUrl, networkOf, type PeerAddress } from '../p2p/address.ts';
import type { RungKind } from './rung.ts';

export interface PeerRung {
  readonly kind: 'peer';
  readonly address: PeerAddress;
  /** What it is to say it is (`annex-uuid`); undefined: nothing is known of it. */
  readonly uuid?: string;
  /** The remote's URL, as git has it. */
  readonly url: string;
}

/** Peers come and go, and nobody is charged for a look. */
const LONGEST_WAIT_MS = 300_000;

export const peer: RungKind<PeerRung> = {
  describe: ({ address }) => `its own daemon, over ${networkOf(address)}`,
  // A peer tells of changes without being asked to do better.
  whyNoBetter: () => undefined,
  // Each network of ours is one account or node for all its remotes.
  carrier: ({ address }) => (address.kind === 'p2p' ? `network ${address.network}` : undefined),
  relay: ({ url }) => ({ kind: 'peer', url }),
  // The worker reads the token anew whenever it dials.
  secrets: () => undefined,
  longestWaitMs: () => LONGEST_WAIT_MS,
  everyMs: () => undefined,
  // Learning who it is needs no new link.
  linkPart: ({ address, url }) => ({ address: formatPeerUrl(address), url }),
  isRuledOut: () => false,
};
