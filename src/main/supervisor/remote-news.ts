// Owns: which remotes are looked at when somebody who is none of them says that there is something new, or that a peer is there.
// Leaves: who says it (main/serve), and looking (remote/remote.ts).
import { formatPeerUrl } from '../../shared/p2p/address.ts';
import type { Remote } from '../../shared/remote.ts';
import type { WatchedRemote } from './remote/remote-tools.ts';

export interface RemoteNews {
  /** These repositories have something new, by their uuids. */
  readonly told: (uuids: readonly string[]) => void;
  /** A peer is there, at that address, or a less exact one. */
  readonly peerSeen: (address: string) => void;
  /** The peer of the remote of that name, if it is one, is there. */
  readonly peerCame: (name: string) => void;
}

export function createRemoteNews(remotes: () => readonly WatchedRemote[], isHeld: () => boolean): RemoteNews {
  const where = (isMeant: (config: Remote) => boolean): WatchedRemote[] =>
    isHeld() ? [] : remotes().filter((remote) => isMeant(remote.record().config));
  const lookIfAway = (remote: WatchedRemote): void => remote.lookIfAway();
  return {
    told: (uuids) => {
      for (const remote of where((config) => config.uuids?.some((uuid) => uuids.includes(uuid)) ?? false))
        remote.hearOfNews();
    },
    peerSeen: (address) => where((config) => isPeerAt(config, address)).forEach(lookIfAway),
    peerCame: (name) =>
      where(({ name: own, rungs: [rung] }) => own === name && rung.kind === 'peer').forEach(lookIfAway),
  };
}

/** A remote may name it less exactly. */
function isPeerAt({ rungs: [rung] }: Remote, address: string): boolean {
  if (rung.kind !== 'peer') return false;
  const own = formatPeerUrl(rung.address);
  return address === own || address.startsWith(`${own}/`);
}
