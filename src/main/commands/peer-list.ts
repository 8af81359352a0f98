// Owns: `peer list`: who may come here and whom this repository reaches, as text and for programs.
// Leaves: the files that tell of it (main/peers), and how links are doing (status/status-command.ts).
import { formatPeerUrl, networkOf } from '../../shared/p2p/address.ts';
import type { Rights } from '../../shared/p2p/credentials.ts';
import { plainJson, printable } from '../../shared/printable.ts';
import type { DaemonStatus, Instant } from '../../shared/status.ts';
import { idOfToken } from '../../shared/system/token-id.ts';
import { askForStatus } from '../instance/ask-daemon.ts';
import { credentialsIn } from '../peers/credentials.ts';
import { readLastSeen, type Sighting, sightedAs } from '../peers/last-seen.ts';
import { readPeers, shortId, shownName } from '../peers/peers-file.ts';
import type { PeersPlace } from '../peers/place.ts';
import { peerRemotes } from '../peers/remotes-here.ts';
import { withRemotesNow } from '../peers/renamed-remotes.ts';
import type { Print } from './this-repository.ts';
import { ago } from './times.ts';

export interface ListedPeer {
  /** What `peer remove` takes. */
  readonly name: string;
  readonly network: string;
  /** The remote by which it is reached here, and its address. */
  readonly remote?: string;
  readonly url?: string;
  /** What it may do here; absent: it is not let in. */
  readonly rights?: Rights;
  /** When it was invited here, or its invitation accepted. */
  readonly since?: Instant;
  readonly uuid?: string;
  /** When it last was here, or was reached. */
  readonly lastSeen?: Instant;
  readonly connected: boolean;
  /** `invited`: nobody came by that invitation yet. `to-invite`: it is to be invited in return. */
  readonly pairing: 'invited' | 'to-invite' | 'settled';
}

export async function listPeers(place: PeersPlace, json: boolean, print: Print): Promise<void> {
  const status = await askForStatus(place.directory);
  const peers = await gatherPeers(place, status);
  if (json) print(`${plainJson(peers, 2)}\n`);
  else print(peers.length === 0 ? `${NONE}\n` : renderPeers(peers, Date.now()));
}

const NONE = "no peers: 'git remote-daemon peer invite --network=NAME' lets somebody in";

/** Those of whom something is remembered, then tokens and remotes that git-annex made. */
async function gatherPeers(place: PeersPlace, status: DaemonStatus | undefined): Promise<ListedPeer[]> {
  const { directory, git } = place;
  const [seen, remotes] = [readLastSeen(directory), await peerRemotes(git)];
  const entries = withRemotesNow(readPeers(directory), remotes);
  const admitted = credentialsIn(directory.commonDir).admitted();
  const isAdmitted = (id: string): boolean => admitted.some(({ token }) => idOfToken(token) === id);
  const isHere = (name: string): boolean => isConnected(status, name);
  const ofEntries = entries.map((entry): ListedPeer => {
    const remote = remotes.find(({ name }) => name === entry.remote);
    const { issued, network, since, pairing } = entry;
    const last = newest(issued && seen[issued.tokenId], entry.remote && seen[sightedAs(entry.remote)]);
    const uuid = entry.uuid ?? last?.uuid;
    return {
      name: shownName(entry),
      network,
      ...(remote && { remote: remote.name, url: formatPeerUrl(remote.address) }),
      ...(issued && isAdmitted(issued.tokenId) && { rights: issued.rights }),
      since,
      ...(uuid !== undefined && { uuid }),
      ...(last && { lastSeen: last.at }),
      connected: isHere(shownName(entry)),
      pairing: pairing.kind === 'invited' && last !== undefined ? 'settled' : pairing.kind,
    };
  });
  const known = new Set(entries.flatMap(({ issued }) => issued?.tokenId ?? []));
  const ofTokens = admitted.flatMap(({ token, at, rights }): ListedPeer[] => {
    const id = idOfToken(token);
    const last = seen[id];
    const network = at === undefined ? 'tor' : networkOf(at);
    const about = { ...(last && { uuid: last.uuid, lastSeen: last.at }), connected: isHere(shortId(id)) };
    return known.has(id) ? [] : [{ name: shortId(id), network, rights, ...about, pairing: 'settled' }];
  });
  const remembered = new Set(entries.flatMap(({ remote }) => remote ?? []));
  const ofRemotes = remotes.flatMap(({ name, address }): ListedPeer[] => {
    const last = seen[sightedAs(name)];
    const about = { ...(last && { uuid: last.uuid, lastSeen: last.at }), connected: isHere(name) };
    const url = formatPeerUrl(address);
    return remembered.has(name)
      ? []
      : [{ name, network: networkOf(address), remote: name, url, ...about, pairing: 'settled' }];
  });
  return [...ofEntries, ...ofTokens, ...ofRemotes];
}

function isConnected(status: DaemonStatus | undefined, name: string): boolean {
  const served = status?.served?.some(({ peers }) => peers.some((peer) => peer.name === name)) ?? false;
  return served || (status?.remotes.some((remote) => remote.name === name && remote.state === 'connected') ?? false);
}

function newest(...sightings: readonly (Sighting | '' | undefined)[]): Sighting | undefined {
  return sightings
    .flatMap((each) => each || [])
    .toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .at(-1);
}

/** One a line, in columns. */
function renderPeers(peers: readonly ListedPeer[], nowMs: number): string {
  const rows = peers.map((peer) => [printable(peer.name), peer.network, rightsOf(peer), whenOf(peer, nowMs)]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}\n`).join('');
}

function rightsOf({ rights, remote }: ListedPeer): string {
  const here = rights === undefined ? 'may not come here' : `may ${rights === 'write' ? 'read and write' : 'read'}`;
  return remote === undefined ? `${here}, no remote` : here;
}

function whenOf({ connected, lastSeen, pairing, since }: ListedPeer, nowMs: number): string {
  if (connected) return 'connected';
  const invited = since === undefined ? '' : ` ${ago(since, nowMs)}`;
  if (pairing === 'invited') return `invited${invited}, did not come yet`;
  const seen = lastSeen === undefined ? 'not seen yet' : `last seen ${ago(lastSeen, nowMs)}`;
  return pairing === 'to-invite' ? `${seen}; is invited in return when it is reached` : seen;
}
