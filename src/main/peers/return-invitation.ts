// Owns: inviting in return: what is told to a peer whose invitation was accepted, and taking what one tells that was invited.
// Leaves: the stream on which it goes (workers/peer), and the invitations that people give each other (commands).
// Who invites in return was let in, and is a stranger all the same: he gets one remote for one invitation, of the network
// on which he is here, with a name that is ours to choose.
import {
  formatInvitation,
  formatPeerUrl,
  type Invitation,
  networkOf,
  type PeerAddress,
  parseInvitation,
} from '../../shared/p2p/address.ts';
import type { PeerIdentity } from '../../shared/serve-messages.ts';
import { idOfToken } from '../../shared/system/token-id.ts';
import { alone } from './alone.ts';
import { credentialsIn, isSameAddress } from './credentials.ts';
import { newToken } from './new-token.ts';
import { findOwnAddresses } from './own-addresses.ts';
import { type PeerEntry, readPeers, writePeers } from './peers-file.ts';
import type { PeersPlace } from './place.ts';
import { addRemote, peerRemotes, remoteAt, remoteNames, setValue, unusedName } from './remotes-here.ts';

export type Taken = { readonly kind: 'taken'; readonly remote: string } | Refused;

/** `why` may be told to the peer. */
interface Refused {
  readonly kind: 'refused';
  readonly why: string;
}

const refused = (why: string): Refused => ({ kind: 'refused', why });

/** Takes what a peer invites to that is let in. Throws a UserError where it cannot be kept, and then nothing is. */
export async function takeInvitation(place: PeersPlace, text: string, peer: PeerIdentity): Promise<Taken> {
  const first = judge(readPeers(place.directory), text, peer);
  if (first.kind === 'refused') return first;
  // Before anybody is kept waiting: a network may take its time.
  if (await isOwn(place, first.invitation.address)) return refused('that address is our own');
  return alone(place.directory, async () => {
    const entries = readPeers(place.directory);
    const judged = judge(entries, text, peer);
    if (judged.kind === 'refused') return judged;
    const { entry, invitation } = judged;
    const there = await remoteAt(place.git, invitation.address);
    if (entry.pairing.kind === 'settled') return takenBefore(place, entry, invitation, there);
    if (there !== undefined && !isKnownToken(place, invitation))
      return refused('there is a remote with that address already');
    // Who is invited again may be a remote still, with the token by which he lets us in.
    const remote = there ?? (await unusedName(place.git, entry.name));
    const known = {
      ...entry,
      remote,
      address: formatPeerUrl(invitation.address),
      pairing: { kind: 'settled' } as const,
    };
    await keepRemote(place, remote, invitation, () => {
      writePeers(place.directory, replaced(entries, entry, known));
      return () => writePeers(place.directory, entries);
    });
    return { kind: 'taken', remote };
  });
}

type Judged = Refused | { readonly kind: 'possible'; readonly entry: PeerEntry; readonly invitation: Invitation };

/** Only a network that he is let in by is asked anything: its program runs here. */
function judge(entries: readonly PeerEntry[], text: string, peer: PeerIdentity): Judged {
  const entry = entries.find(({ issued }) => issued?.tokenId === peer.tokenId);
  if (entry === undefined || entry.pairing.kind === 'to-invite') return refused('no invitation is expected');
  const invitation = parseInvitation(text);
  if ('why' in invitation) return refused(invitation.why);
  if (networkOf(invitation.address) !== entry.network) return refused('it is for another network');
  return { kind: 'possible', entry, invitation };
}

/**
 * Its answer may have been lost on the way, or it has removed us and accepted the same invitation anew: of the remote that
 * it is here it may give another token. It gets no second one.
 */
async function takenBefore(
  place: PeersPlace,
  entry: PeerEntry,
  invitation: Invitation,
  there: string | undefined,
): Promise<Taken> {
  if (there === undefined || there !== entry.remote) return refused('an invitation was taken already');
  if (!isKnownToken(place, invitation)) await keepRemote(place, there, invitation, () => () => undefined);
  return { kind: 'taken', remote: there };
}

const isKnownToken = ({ directory }: PeersPlace, { address, token }: Invitation): boolean =>
  credentialsIn(directory.commonDir).tokenAt(address) === token;

export async function isOwn(place: PeersPlace, address: PeerAddress): Promise<boolean> {
  const own = await findOwnAddresses(place, networkOf(address));
  return own.kind === 'found' && own.addresses.some((each) => isSameAddress(each, address));
}

type Undo = () => Promise<void> | void;

/**
 * A remote, if it is none yet, with its token, and what `remember` writes, which gives what takes that back: all of it, or nothing. The
 * remote comes last: a daemon sees it at once, and needs the rest then.
 */
export async function keepRemote(
  { directory, git }: PeersPlace,
  name: string,
  { address, token }: Invitation,
  remember: () => Promise<Undo> | Undo,
): Promise<void> {
  const undone: Undo[] = [credentialsIn(directory.commonDir).keepTokenAt(address, token)];
  try {
    undone.push(await remember());
    await placeRemote(git, name, formatPeerUrl(address));
  } catch (error) {
    for (const undo of undone.reverse()) await undo();
    throw error;
  }
}

/** One that is there already is that of the same peer, to whom another way may lead now. */
async function placeRemote(git: PeersPlace['git'], name: string, url: string): Promise<void> {
  const there = (await peerRemotes(git)).find((remote) => remote.name === name);
  if (there && formatPeerUrl(there.address) !== url) await setValue(git, `remote.${name}.url`, url);
  else if (!(await remoteNames(git)).includes(name)) await addRemote(git, name, url);
}

/**
 * The invitation that the peer of this remote is to be told; undefined: none is due, or there is no own address yet. It
 * is the same until it was answered.
 */
export async function pendingInvitation(place: PeersPlace, remote: string): Promise<string | undefined> {
  const due = readPeers(place.directory).find(isDueTo(remote));
  if (due === undefined) return undefined;
  const own = await findOwnAddresses(place, due.network);
  const [address] = own.kind === 'found' ? own.addresses : [];
  return address && alone(place.directory, () => invitationTo(place, remote, address));
}

const isDueTo =
  (remote: string) =>
  (entry: PeerEntry): boolean =>
    entry.remote === remote && entry.pairing.kind === 'to-invite';

function invitationTo({ directory }: PeersPlace, remote: string, address: PeerAddress): string | undefined {
  const entries = readPeers(directory);
  const entry = entries.find(isDueTo(remote));
  if (entry?.pairing.kind !== 'to-invite') return undefined;
  const { rights } = entry.pairing;
  const credentials = credentialsIn(directory.commonDir);
  const known = credentials.admitted().find(({ token, at, ...given }) => {
    const isThere = at === undefined ? address.kind === 'tor' : isSameAddress(at, address);
    return isThere && given.rights === rights && idOfToken(token) === entry.issued?.tokenId;
  });
  if (known) return formatInvitation({ address, token: known.token });
  const token = newToken();
  // Of another address than there is now, or with other rights than it is to have.
  if (entry.issued) credentials.shutOut([entry.issued.tokenId]);
  writePeers(directory, replaced(entries, entry, { ...entry, issued: { tokenId: idOfToken(token), rights } }));
  credentials.admit({ token, at: address.kind === 'tor' ? undefined : address, rights });
  return formatInvitation({ address, token });
}

/**
 * The peer has answered: it took it, or never will; then nobody is let in by it any more. False: it was told another than
 * the one that is due by now, as where it was removed meanwhile, and accepted anew; that one is yet to be told.
 */
export function invitationGiven(
  { directory }: PeersPlace,
  remote: string,
  text: string,
  taken: boolean,
): Promise<boolean> {
  const given = parseInvitation(text);
  return alone(directory, () => {
    const entries = readPeers(directory);
    const entry = entries.find(isDueTo(remote));
    if (entry === undefined || 'why' in given || entry.issued?.tokenId !== idOfToken(given.token)) return false;
    const { issued, ...rest } = entry;
    if (!taken) credentialsIn(directory.commonDir).shutOut([issued.tokenId]);
    const settled = { ...rest, ...(taken && { issued }), pairing: { kind: 'settled' } as const };
    writePeers(directory, replaced(entries, entry, settled));
    return true;
  });
}

const replaced = (entries: readonly PeerEntry[], old: PeerEntry, by: PeerEntry): PeerEntry[] =>
  entries.map((entry) => (entry === old ? by : entry));
