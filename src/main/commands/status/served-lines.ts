// Owns: what `status` tells a person of the networks that this repository is served on, as text.
// Leaves: the data (shared/status.ts), and all else of `status` (view.ts).
import { printable } from '../../../shared/printable.ts';
import type { ServedNetwork, ServedPeer } from '../../../shared/status.ts';
import { ago, due, span } from '../times.ts';
import type { Block } from './shown.ts';

/** Nothing where it is served on none. */
export const servedBlocks = (served: readonly ServedNetwork[], nowMs: number): Block[] =>
  served.map((network) => blockOf(network, nowMs));

function blockOf(served: ServedNetwork, nowMs: number): Block {
  const { network, how, addresses, state } = served;
  const details = [
    ...addresses.map((address) => `at ${printable(address)}`),
    ...(how === undefined ? [] : [`by ${printable(how)}`]),
    ...(state === 'listening' && !served.onlyNews ? peerLines(served.peers, nowMs) : []),
    ...errorLines(served, nowMs),
  ];
  const what = served.onlyNews ? 'news of shared remotes, over' : 'this repository is served to peers over';
  const title = `${what} ${printable(network)}: ${stateOf(served, nowMs)}`;
  return { title: { text: title, tone: state === 'waiting' ? 'busy' : 'plain' }, lines: details };
}

/** Looked up by what was read from a file, which another version may have written. */
const STATE_WORDS: Readonly<Record<string, string>> = {
  starting: 'not yet, it is being started',
  listening: 'they can connect',
  waiting: 'not now',
  paused: 'not while it is paused',
  'no-network': 'not without network',
  closing: 'no longer, it is closing',
} satisfies Record<ServedNetwork['state'], string>;

function stateOf({ state, nextTry, onlyNews }: ServedNetwork, nowMs: number): string {
  const isHeard = onlyNews === true && state === 'listening';
  const word = isHeard ? 'they are told and heard' : (STATE_WORDS[state] ?? printable(state));
  return nextTry === undefined ? word : `${word}, next try ${due(nextTry, nowMs)}`;
}

function peerLines(peers: readonly ServedPeer[], nowMs: number): string[] {
  return peers.length === 0 ? ['nobody is connected'] : peers.map((peer) => peerLine(peer, nowMs));
}

function peerLine({ name, uuid, rights, since }: ServedPeer, nowMs: number): string {
  const who = name === undefined ? `a peer without a name here (${printable(uuid)})` : printable(name);
  return `${who} has been connected for ${span(since, nowMs)}, and may ${rights === 'write' ? 'read and write' : 'read'}`;
}

/** While it listens, what was wrong before is over. */
function errorLines({ state, lastError }: ServedNetwork, nowMs: number): string[] {
  if (lastError === undefined || state === 'listening') return [];
  return [`last error ${ago(lastError.at, nowMs)}: ${printable(lastError.text)}`];
}
