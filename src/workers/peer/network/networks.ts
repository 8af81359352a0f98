// Owns: which network is reached by what.
// Leaves: the networks themselves, each loaded only where it is used.
import type { NetworkName } from '../../../shared/p2p/address.ts';
import type { Network } from './network.ts';

const OURS: ReadonlyMap<NetworkName, () => Promise<Network>> = new Map([
  ['tor', async () => (await import('./tor.ts')).tor],
  ['hyper', async () => (await import('./hyper/hyper.ts')).hyper],
  ['xmpp', async () => (await import('./xmpp/xmpp.ts')).xmpp],
  ['telehash', async () => (await import('./telehash/telehash.ts')).telehash],
]);

/** Of a name that is none of ours, the network of the program `git-annex-p2p-NAME`. */
export async function openNetwork(name: NetworkName): Promise<Network> {
  const open = OURS.get(name);
  return open === undefined ? (await import('./program.ts')).networkByProgram(name) : open();
}
