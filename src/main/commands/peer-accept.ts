// Owns: `peer accept`: making a remote of somebody's invitation, and what is to follow once he is reached.
// Leaves: reaching him, and inviting him in return (main/peers/return-invitation.ts, by the daemon).
import { formatPeerUrl, type Invitation, networkOf, type PeerAddress, parsePeerUrl } from '../../shared/p2p/address.ts';
import { parseJid } from '../../shared/p2p/jid.ts';
import { printable } from '../../shared/printable.ts';
import { alone } from '../peers/alone.ts';
import { isSameAddress } from '../peers/credentials.ts';
import { findOwnAddresses, type OwnAddresses } from '../peers/own-addresses.ts';
import { ownUuid } from '../peers/own-uuid.ts';
import { type PeerEntry, readPeers, shownName, writePeers } from '../peers/peers-file.ts';
import type { PeersPlace } from '../peers/place.ts';
import { peerRemotes, remoteAt, remoteNames, serveNetwork, whyNoRemoteName } from '../peers/remotes-here.ts';
import { keepRemote } from '../peers/return-invitation.ts';
import { UserError } from '../user-error.ts';
import { howToHaveOnion, nowServed } from './peer-invite.ts';
import type { PeerCommand } from './peer-words.ts';
import { invitationIn, readInvitation } from './read-invitation.ts';
import type { Output } from './this-repository.ts';

type Accept = Extract<PeerCommand, { kind: 'accept' }>;

/** Throws a UserError, and then nothing is different from before. */
export async function acceptInvitation(place: PeersPlace, accept: Accept, { note }: Output): Promise<void> {
  const { name, oneWay } = accept;
  const read = invitationIn(accept.invitation ?? (await readInvitation()));
  if ('why' in read) throw new UserError(`this is no whole invitation: ${read.why}`);
  const network = networkOf(read.address);
  const uuid = oneWay ? undefined : await ownUuid(place, note);
  // Before anybody is kept waiting: a network may take its time.
  const own = await findOwnAddresses(place, network);
  const { isAgain, isNewlyServed } = await alone(place.directory, async () => {
    const isAgain = await isOfPeer(place, name, read);
    if (!isAgain) await refuseName(place, name);
    await refuseAddress(place, name, read, own);
    return { isAgain, isNewlyServed: await keep(place, accept, read) };
  });
  const what = isAgain ? 'is reached by this invitation from now on' : 'is a remote now';
  note(`${name} ${what}, over ${network}: ${printable(formatPeerUrl(read.address))}`);
  if (isNewlyServed) note(nowServed(network));
  const account = own.kind === 'found' && network === 'xmpp' ? accountIn(own.addresses) : undefined;
  if (account !== undefined) note(knownThere(name, account));
  if (uuid === undefined) return;
  if (own.kind === 'found') note(`when ${name} is reached, it is invited in return`);
  if (own.kind === 'none-of-tor') note(howToHaveOnion(place, uuid));
  if (own.kind === 'none') note(`${name} cannot be invited in return yet: ${own.why}`);
}

/** Of an account that is not known a server of ours hears nothing, so that no stranger is heard. */
const knownThere = (name: string, account: string): string =>
  `${name} hears this account only where it is known there: git config --add remotedaemon.xmppFriend ${printable(account)}`;

function accountIn([address]: readonly PeerAddress[]): string | undefined {
  return address?.kind === 'p2p' ? parseJid(address.address)?.bare : undefined;
}

/** Who was shut out and is invited again, or whose first invitation was kept by half, is the same peer. */
async function isOfPeer({ git, directory }: PeersPlace, name: string, { address }: Invitation): Promise<boolean> {
  const remotes = await peerRemotes(git);
  if (remotes.some((remote) => remote.name === name)) return (await remoteAt(git, address)) === name;
  if ((await remoteNames(git)).includes(name)) return false;
  return readPeers(directory).some(isEntryOf(name, address));
}

const isEntryOf =
  (name: string, address: PeerAddress) =>
  (entry: PeerEntry): boolean => {
    const noted = parsePeerUrl(entry.address ?? '');
    return entry.remote === name && !('why' in noted) && isSameAddress(noted, address);
  };

async function refuseName({ git, directory }: PeersPlace, name: string): Promise<void> {
  const why = await whyNoRemoteName(git, name);
  if (why !== undefined) throw new UserError(why);
  if ((await remoteNames(git)).includes(name))
    throw new UserError(`there is a remote ${name} already: choose another name`);
  if (readPeers(directory).some((entry) => shownName(entry) === name)) {
    throw new UserError(
      `there is a peer ${name} already: choose another name, or git remote-daemon peer remove ${name}`,
    );
  }
}

async function refuseAddress(
  { git }: PeersPlace,
  name: string,
  { address }: Invitation,
  own: OwnAddresses,
): Promise<void> {
  const there = await remoteAt(git, address);
  if (there !== undefined && there !== name)
    throw new UserError(`the remote ${there} has that address already: peer accept ${there} - takes the invitation`);
  if (own.kind === 'found' && own.addresses.some((each) => isSameAddress(each, address))) {
    throw new UserError('this invitation is to this very repository');
  }
}

/** All of it or nothing. Gives whether the network is served since now. */
async function keep(place: PeersPlace, { name, rights, oneWay }: Accept, invitation: Invitation): Promise<boolean> {
  const { directory, git } = place;
  const before = readPeers(directory);
  const known = before.find(isEntryOf(name, invitation.address));
  const entry: PeerEntry = {
    ...known,
    network: networkOf(invitation.address),
    since: new Date().toISOString(),
    remote: name,
    address: formatPeerUrl(invitation.address),
    pairing: oneWay ? { kind: 'settled' } : { kind: 'to-invite', rights },
  };
  let isNewlyServed = false;
  await keepRemote(place, name, invitation, async () => {
    writePeers(directory, [...before.filter((each) => each !== known), entry]);
    const forget = (): void => writePeers(directory, before);
    const stopServing = oneWay ? undefined : await serveNetwork(git, entry.network).catch(after(forget));
    isNewlyServed = stopServing !== undefined;
    return async () => {
      await stopServing?.();
      forget();
    };
  });
  return isNewlyServed;
}

const after =
  (act: () => void) =>
  (error: unknown): never => {
    act();
    throw error;
  };
