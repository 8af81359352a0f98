// Owns: keeping what a peer is called, when it is first reached after a pairing: another is a stranger from then on.
// Leaves: comparing it at each connection (workers/peer/client), and remotes that nobody paired with here.
import { alone } from './alone.ts';
import { isUuid } from './own-uuid.ts';
import { type PeerEntry, readPeers, writePeers } from './peers-file.ts';
import type { PeersPlace } from './place.ts';
import { lastValue, setValue, uuidsOfRemotes } from './remotes-here.ts';

export async function knowPeer(place: PeersPlace, remote: string, uuid: string): Promise<void> {
  // At most connections there is nothing to be learned: no lock for those.
  if (!isUuid(uuid) || !readPeers(place.directory).some(isNew(remote))) return;
  await alone(place.directory, async () => {
    const entries = readPeers(place.directory);
    const entry = entries.find(isNew(remote));
    if (entry === undefined) return;
    if (await mayBeCalled(place, remote, uuid)) await setValue(place.git, `remote.${remote}.annex-uuid`, uuid);
    writePeers(
      place.directory,
      entries.map((each) => (each === entry ? { ...entry, uuid } : each)),
    );
  });
}

const isNew =
  (remote: string) =>
  (entry: PeerEntry): boolean =>
    entry.remote === remote && entry.uuid === undefined;

/**
 * git-annex takes two remotes of one uuid for the same repository, and trusts the one with what the other has: a peer
 * that made itself a remote here by inviting in return does not become another's twin by saying so.
 */
async function mayBeCalled({ git }: PeersPlace, remote: string, uuid: string): Promise<boolean> {
  if ((await lastValue(git, `remote.${remote}.annex-uuid`)) !== undefined) return false;
  return (await lastValue(git, 'annex.uuid')) !== uuid && !(await uuidsOfRemotes(git)).includes(uuid);
}
