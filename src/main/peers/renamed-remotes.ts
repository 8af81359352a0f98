// Owns: that a peer whose remote a person has renamed is the same peer: it is known by its address.
// Leaves: renaming, which git does, and all else that is remembered of peers (peers-file.ts).
import { formatPeerUrl } from '../../shared/p2p/address.ts';
import { alone } from './alone.ts';
import { type PeerEntry, readPeers, writePeers } from './peers-file.ts';
import type { PeersPlace } from './place.ts';
import type { PeerRemote } from './remotes-here.ts';

/** `remotes`: those that are peers. A remote that is gone, and whose address no other has, stays remembered. */
export function withRemotesNow(entries: readonly PeerEntry[], remotes: readonly PeerRemote[]): readonly PeerEntry[] {
  const isThere = (remote: string): boolean => remotes.some(({ name }) => name === remote);
  const known = new Set(entries.flatMap(({ remote }) => remote ?? []));
  return entries.map((entry) => {
    if (entry.remote === undefined || isThere(entry.remote)) return entry;
    const now = remotes.find(({ name, address }) => !known.has(name) && formatPeerUrl(address) === entry.address);
    return now ? { ...entry, remote: now.name } : entry;
  });
}

export async function followRenames(place: PeersPlace, remotes: readonly PeerRemote[]): Promise<void> {
  const { directory } = place;
  const renamed = (entries: readonly PeerEntry[]): readonly PeerEntry[] | undefined => {
    const now = withRemotesNow(entries, remotes);
    return now.some((entry, at) => entry !== entries[at]) ? now : undefined;
  };
  // Mostly there is nothing to be done, and no lock is needed for that.
  if (renamed(readPeers(directory)) === undefined) return;
  await alone(directory, () => {
    const now = renamed(readPeers(directory));
    if (now) writePeers(directory, now);
  });
}
