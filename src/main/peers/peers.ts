// Owns: what the daemon asks and says of peers: who is who, who was here, pairing that goes on while it runs.
// Leaves: the files (peers-file.ts, last-seen.ts, credentials.ts), and the commands by which people pair (main/commands).
import type { PeerIdentity } from '../../shared/serve-messages.ts';
import { knowPeer } from './known-peer.ts';
import { keepLastSeen, sightedAs } from './last-seen.ts';
import { ownUuid } from './own-uuid.ts';
import { type PeerEntry, readPeers, shownName } from './peers-file.ts';
import { type PeersPlaceNeeds, peersPlace } from './place.ts';
import type { PeerRemote } from './remotes-here.ts';
import { followRenames } from './renamed-remotes.ts';
import { invitationGiven, pendingInvitation, type Taken, takeInvitation } from './return-invitation.ts';

export type NameOf = (tokenId: string) => string | undefined;

export interface Peers {
  /** What this repository is called among peers. */
  readonly ownUuid: () => Promise<string>;
  /** Whose token it is: the remote it is here, or what its invitation is called; undefined: git-annex's own. */
  readonly nameOf: NameOf;
  /** The same for many, as it is now: what is known is read once for all of them. */
  readonly names: () => NameOf;
  /** Somebody is, or just was, let in by it. */
  readonly seen: (tokenId: string, uuid: string) => void;
  /** A peer that is let in invites this repository. Rejects with a UserError where it cannot be kept. */
  readonly takeInvitation: (text: string, peer: PeerIdentity) => Promise<Taken>;
  /** What the peer of a remote is to be told once it is connected, as it was accepted here; a secret. */
  readonly pendingInvitation: (remote: string) => Promise<string | undefined>;
  /** How that was answered; false: another is due by now. */
  readonly invitationGiven: (remote: string, text: string, taken: boolean) => Promise<boolean>;
  /** A remote was reached, and says what it is. Kept in its `annex-uuid` where this is the first time after a pairing. */
  readonly peerKnown: (remote: string, uuid: string) => Promise<void>;
  /** Whether that was ever so. */
  readonly wasReached: (remote: string) => boolean;
  /** The remotes that are peers, as the config has them now. */
  readonly followRenames: (remotes: readonly PeerRemote[]) => Promise<void>;
  readonly close: () => void;
}

export interface PeersContext extends PeersPlaceNeeds {
  readonly log: (text: string) => void;
}

export function openPeers({ log, ...needs }: PeersContext): Peers {
  const place = peersPlace(needs);
  const { directory } = needs;
  const lastSeen = keepLastSeen(directory, (why) => log(`when peers were last here is not kept: ${why}`));
  const entriesNow = (): readonly PeerEntry[] => {
    try {
      return readPeers(directory);
    } catch {
      // The names are missing then. Whoever is to change the file says why he cannot.
      return [];
    }
  };
  const names = (): NameOf => {
    const entries = entriesNow();
    return (tokenId) => {
      const entry = entries.find(({ issued }) => issued?.tokenId === tokenId);
      return entry && shownName(entry);
    };
  };
  return {
    ownUuid: () => ownUuid(place, log),
    nameOf: (tokenId) => names()(tokenId),
    names,
    seen: (tokenId, uuid) => lastSeen.sight(tokenId, uuid),
    takeInvitation: (text, peer) => takeInvitation(place, text, peer),
    pendingInvitation: (remote) => pendingInvitation(place, remote),
    invitationGiven: (remote, text, taken) => invitationGiven(place, remote, text, taken),
    peerKnown: (remote, uuid) => {
      lastSeen.sight(sightedAs(remote), uuid);
      return knowPeer(place, remote, uuid);
    },
    wasReached: (remote) => lastSeen.isSighted(sightedAs(remote)),
    followRenames: (remotes) => followRenames(place, remotes),
    close: lastSeen.close,
  };
}
