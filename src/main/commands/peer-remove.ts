// Owns: `peer remove`: shutting somebody out, and forgetting him: his tokens, the remote and what belongs to it.
// Leaves: ending the connections that he has (workers/peer/server, as the daemon is told).
import { formatPeerUrl, networkOf, type PeerAddress, parsePeerUrl } from '../../shared/p2p/address.ts';
import { printable } from '../../shared/printable.ts';
import { idOfToken } from '../../shared/system/token-id.ts';
import { alone } from '../peers/alone.ts';
import { credentialsIn, isSameAddress } from '../peers/credentials.ts';
import { type PeerEntry, readPeers, shortId, shownName, writePeers } from '../peers/peers-file.ts';
import type { PeersPlace } from '../peers/place.ts';
import { type PeerRemote, peerRemotes, remoteNames, removeRemote, servedNetworks } from '../peers/remotes-here.ts';
import { UserError } from '../user-error.ts';
import type { Output } from './this-repository.ts';

/** What goes by a name: one or more of these. */
interface Meant {
  readonly entries: readonly PeerEntry[];
  readonly remote: PeerRemote | undefined;
  /** Ids of tokens that let somebody in. */
  readonly tokenIds: readonly string[];
}

/** Throws a UserError: of a name that nobody has, before anything is done. */
export async function removePeer(place: PeersPlace, name: string, { print, note }: Output): Promise<void> {
  await alone(place.directory, async () => {
    const meant = await find(place, name);
    for (const line of await forget(place, meant)) print(`${line}\n`);
  });
  for (const network of await servedToNobody(place)) {
    note(`${network} is still served, and nobody is let in: git config --unset remotedaemon.serve '^${network}$'`);
  }
}

async function servedToNobody({ git, directory }: PeersPlace): Promise<string[]> {
  const admitted = credentialsIn(directory.commonDir).admitted();
  const letIn = new Set(admitted.map(({ at }) => (at === undefined ? 'tor' : networkOf(at))));
  // Whoever is yet to be invited in return will be let in.
  const expected = new Set(
    readPeers(directory).flatMap(({ network, pairing }) => (pairing.kind === 'to-invite' ? network : [])),
  );
  return (await servedNetworks(git)).filter((network) => !letIn.has(network) && !expected.has(network));
}

async function find(place: PeersPlace, name: string): Promise<Meant> {
  const { directory, git } = place;
  const admittedIds = credentialsIn(directory.commonDir)
    .admitted()
    .map(({ token }) => idOfToken(token));
  const all = readPeers(directory);
  const entries = all.filter((entry) => shownName(entry) === name);
  const known = new Set(all.flatMap(({ issued }) => issued?.tokenId ?? []));
  // Of git-annex's own, which no entry tells of.
  const others = admittedIds.filter((id) => !known.has(id) && shortId(id) === name);
  const remote = (await peerRemotes(git)).find((each) => each.name === name);
  if (remote === undefined && entries.length + others.length === 0) throw await unknown(place, name);
  return {
    entries,
    remote,
    tokenIds: [...new Set([...entries.flatMap(({ issued }) => issued?.tokenId ?? []), ...others])],
  };
}

async function unknown({ git }: PeersPlace, name: string): Promise<UserError> {
  const isRemote = (await remoteNames(git)).includes(name);
  return isRemote
    ? new UserError(`the remote ${name} is no peer: git remote remove ${name}`)
    : new UserError(`there is no peer ${name}: git remote-daemon peer list`, 1);
}

/** Who is shut out is so first of all. What fails is told; asked again, the rest is done. */
async function forget(place: PeersPlace, { entries, remote, tokenIds }: Meant): Promise<string[]> {
  const { directory, git } = place;
  const credentials = credentialsIn(directory.commonDir);
  const shutOut = credentials.shutOut(tokenIds);
  const lines = shutOut.length > 0 ? [`removed ${shutOutWords(entries)}`] : [];
  const address = remote?.address ?? addressOf(entries);
  const others = (await peerRemotes(git)).filter(({ name }) => name !== remote?.name);
  const isShared = address !== undefined && others.some((other) => isSameAddress(other.address, address));
  if (remote) {
    await removeRemote(git, remote.name);
    lines.push(
      `removed the remote ${remote.name} (${printable(formatPeerUrl(remote.address))}) and its remote-tracking branches`,
    );
  }
  if (address && !isShared && credentials.forgetTokenAt(address)) {
    lines.push('removed the token by which this repository was let in there');
  }
  const left = readPeers(directory).filter((entry) => !entries.some((each) => isSame(each, entry)));
  if (entries.length > 0) writePeers(directory, left);
  return lines.length > 0 ? lines : ['removed what was remembered of it; nothing else was left'];
}

const shutOutWords = ([entry]: readonly PeerEntry[]): string =>
  entry === undefined || entry.pairing.kind !== 'invited'
    ? 'the token by which it was let in here'
    : 'an invitation, with the token by which it let in here';

function addressOf(entries: readonly PeerEntry[]): PeerAddress | undefined {
  const [read] = entries.flatMap(({ address }) => (address === undefined ? [] : [parsePeerUrl(address)]));
  return read === undefined || 'why' in read ? undefined : read;
}

const isSame = (one: PeerEntry, other: PeerEntry): boolean => JSON.stringify(one) === JSON.stringify(other);
