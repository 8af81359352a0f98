// Owns: which network is reached by what.
// Leaves: the networks themselves, each loaded only where it is used.
import type { NetworkName } from '../../../shared/p2p/address.ts';
import type { Network } from './network.ts';

/** Of a name that is none of ours, the network of the program `git-annex-p2p-NAME`. */
export async function openNetwork(name: NetworkName): Promise<Network> {
  if (name === 'tor') return (await import('./tor.ts')).tor;
  return (await import('./program.ts')).networkByProgram(name);
}
