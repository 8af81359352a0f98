// Owns: `peer invite`: letting somebody in who does not know of it yet, and the line by which he will.
// Leaves: the files (main/peers), and what happens once he comes (main/peers/return-invitation.ts).
import { formatInvitation, isNetworkName, networkOf, type PeerAddress } from '../../shared/p2p/address.ts';
import { idOfToken } from '../../shared/system/token-id.ts';
import { alone } from '../peers/alone.ts';
import { credentialsIn } from '../peers/credentials.ts';
import { newToken } from '../peers/new-token.ts';
import { findOwnAddresses } from '../peers/own-addresses.ts';
import { ownUuid } from '../peers/own-uuid.ts';
import { readPeers, shortId, shownName, writePeers } from '../peers/peers-file.ts';
import type { PeersPlace } from '../peers/place.ts';
import { remoteNames, servedNetworks, serveNetwork, whyNoRemoteName } from '../peers/remotes-here.ts';
import { UserError } from '../user-error.ts';
import type { PeerCommand } from './peer-words.ts';
import type { Output } from './this-repository.ts';

type Invite = Extract<PeerCommand, { kind: 'invite' }>;

/** Throws a UserError, and then nobody is let in. */
export async function invitePeer(place: PeersPlace, invite: Invite, { print, note }: Output): Promise<void> {
  const network = invite.network ?? (await onlyNetwork(place));
  if (!isNetworkName(network)) throw new UserError(`${network} is no name of a network`);
  // Before it is served, so that whoever comes first finds the same as all others.
  const uuid = await ownUuid(place, note);
  // Before anybody is kept waiting: a network may take its time.
  const address = await ownAddress(place, network, uuid);
  const { invitation, called, isNewlyServed } = await alone(place.directory, async () => {
    await refuseName(place, invite.name);
    return keep(place, invite, address);
  });
  if (isNewlyServed) note(nowServed(network));
  if (network === 'xmpp') note(ONLY_FRIENDS);
  const may = invite.rights === 'write' ? 'read and write' : 'read';
  note(`this is a secret: whoever has this line may ${may} here. Send it to one person, by a private way`);
  note(`there: git remote-daemon peer accept NAME -    here, to take it back: git remote-daemon peer remove ${called}`);
  print(`${invitation}\n`);
}

export const nowServed = (network: string): string =>
  `this repository is served over ${network} from now on, to whoever is let in (remotedaemon.serve)`;

const ONLY_FRIENDS =
  'over xmpp only those are heard whose account is known here: git config --add remotedaemon.xmppFriend THEIR@ACCOUNT';

async function onlyNetwork({ git }: PeersPlace): Promise<string> {
  const [network, ...others] = await servedNetworks(git);
  if (network !== undefined && others.length === 0) return network;
  const which =
    network === undefined
      ? 'hyper, xmpp, tor, or NET where there is a git-annex-p2p-NET'
      : [network, ...others].join(', ');
  throw new UserError(`say over which network: --network=NAME (${which})`);
}

/** The name is for the remote that is made once the other side invites in return. */
async function refuseName({ git, directory }: PeersPlace, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  const why = await whyNoRemoteName(git, name);
  if (why !== undefined) throw new UserError(why);
  if ((await remoteNames(git)).includes(name)) throw new UserError(`there is a remote ${name} already`);
  if (readPeers(directory).some((entry) => shownName(entry) === name)) {
    throw new UserError(`there is a peer ${name} already: git remote-daemon peer list`);
  }
}

async function ownAddress(place: PeersPlace, network: string, uuid: string): Promise<PeerAddress> {
  const own = await findOwnAddresses(place, network);
  const [address] = own.kind === 'found' ? own.addresses : [];
  if (address !== undefined) return address;
  throw new UserError(own.kind === 'none' ? own.why : howToHaveOnion(place, uuid));
}

/** What git-annex does as root (its Utility/Tor.hs): who has it need not know the rest. */
export function howToHaveOnion({ directory }: PeersPlace, uuid: string): string {
  const owner = process.geteuid?.() ?? 0;
  const name = `${owner}_${uuid}`;
  return [
    'this repository has no onion address yet. With git-annex: git annex enable-tor (it asks for root). Without, as root:',
    `    mkdir -p /var/lib/tor-annex/${name} && chown ${owner} /var/lib/tor-annex/${name}`,
    '  add to /etc/tor/torrc, with a port of your choice, and reload tor:',
    `    HiddenServiceDir /var/lib/tor/tor-annex_${name}`,
    `    HiddenServicePort 4242 unix:/var/lib/tor-annex/${name}/s`,
    '  then write what is in the file hostname of that first directory, as tor-annex::ONION:4242, into',
    `    ${directory.commonDir}/annex/creds/p2paddrs`,
  ].join('\n');
}

/** All of it or nothing. */
async function keep(place: PeersPlace, { rights, name }: Invite, address: PeerAddress) {
  const { directory, git } = place;
  const [network, token] = [networkOf(address), newToken()];
  const issued = { tokenId: idOfToken(token), rights };
  const before = readPeers(directory);
  const since = new Date().toISOString();
  const entry = { network, since, issued, ...(name && { name }), pairing: { kind: 'invited' } as const };
  writePeers(directory, [...before, entry]);
  try {
    credentialsIn(directory.commonDir).admit({ token, at: address, rights });
    const stopServing = await serveNetwork(git, network);
    const called = name ?? shortId(issued.tokenId);
    return { invitation: formatInvitation({ address, token }), called, isNewlyServed: stopServing !== undefined };
  } catch (error) {
    credentialsIn(directory.commonDir).shutOut([issued.tokenId]);
    writePeers(directory, before);
    throw error;
  }
}
