// Owns: what one served network is at a moment, as data, and how that is told: to `status`, to the log.
// Leaves: how it comes to be so (service.ts, service-step.ts), and the words for a terminal (main/commands/status/remote-lines.ts).
import { printable } from '../../shared/printable.ts';
import type { PeerHere, PeerIdentity } from '../../shared/serve-messages.ts';
import type { Held, Instant, ServedNetwork, ServedPeer } from '../../shared/status.ts';
import type { NameOf } from '../peers/peers.ts';
import type { ServiceState } from './service-state.ts';

export interface ServiceRecord {
  readonly network: string;
  readonly state: ServiceState;
  /** Who is let in. */
  readonly peers: readonly PeerHere[];
  /** In ms since the epoch. */
  readonly lastError?: { readonly atMs: number; readonly text: string };
}

export const newRecord = (network: string): ServiceRecord => ({ network, state: { kind: 'off' }, peers: [] });

/** What a peer says of itself may be anything. */
const MOST_UUID = 64;
const shownUuid = (uuid: string): string => printable(uuid.slice(0, MOST_UUID));

/** As the log calls it. */
export function shownPeer({ tokenId, uuid }: PeerIdentity, nameOf: NameOf): string {
  const name = nameOf(tokenId);
  return name === undefined ? `a peer that calls itself ${shownUuid(uuid)}` : printable(name);
}

/** For the log: who has come, and who has left. One that has come back meanwhile has never left. */
export function comings(
  before: readonly PeerHere[],
  after: readonly PeerHere[],
  shown: (peer: PeerIdentity) => string,
): string[] {
  return [
    ...newcomers(after, before).map((peer) => `${shown(peer)} has left`),
    ...newcomers(before, after).map((peer) => `${shown(peer)} has come, and may ${RIGHTS[peer.rights]}`),
  ];
}

/** Those of `after` who were not there before. */
export function newcomers(before: readonly PeerHere[], after: readonly PeerHere[]): PeerHere[] {
  const were = new Set(before.map(keyOf));
  return after.filter((peer) => !were.has(keyOf(peer)));
}

const RIGHTS = { read: 'read', write: 'read and write' } as const;

/** A token may be in the hands of several. */
const keyOf = ({ tokenId, uuid, rights }: PeerIdentity): string => `${tokenId} ${rights} ${uuid}`;

export function servedStatus(
  { network, state, peers, lastError }: ServiceRecord,
  held: Held,
  { nameOf, wallMsOf }: { readonly nameOf: NameOf; readonly wallMsOf: (ms: number) => number },
): ServedNetwork {
  return {
    network,
    state: shownState(state, held),
    ...(state.kind === 'listening' && { how: state.how }),
    addresses: state.kind === 'listening' ? state.addresses : [],
    peers: peers.map((peer) => servedPeer(peer, nameOf)),
    ...(lastError && { lastError: { at: instant(lastError.atMs), text: lastError.text } }),
    ...(state.kind === 'waiting' && { nextTry: instant(wallMsOf(state.wakeAtMs)) }),
  };
}

function servedPeer({ tokenId, uuid, rights, sinceMs }: PeerHere, nameOf: NameOf): ServedPeer {
  const name = nameOf(tokenId);
  return { ...(name !== undefined && { name }), uuid: shownUuid(uuid), rights, since: instant(sinceMs) };
}

const instant = (ms: number): Instant => new Date(ms).toISOString();

function shownState(state: ServiceState, held: Held): ServedNetwork['state'] {
  switch (state.kind) {
    case 'off':
    case 'gone':
      return held === 'no-network' ? 'no-network' : held === 'paused' ? 'paused' : 'closing';
    case 'finishing':
      return 'closing';
    case 'starting':
    case 'listening':
    case 'waiting':
    case 'closing':
      return state.kind;
    default:
      return state satisfies never;
  }
}

/** Its parts, for whoever looks for a fault: one line each. */
export const describeService = ({ network: _, ...parts }: ServiceRecord): string[] =>
  Object.entries(parts).map(([name, part]) => `${name} ${JSON.stringify(part)}`);
