// Owns: where peers find this repository on a network: what is written down, else what its program says, or ours.
// Leaves: being found there (workers/peer/network), and what to do where there is no address (main/commands).
import { isOwnNetwork, networkOf, OWN_NETWORKS, type PeerAddress, parsePeerUrl } from '../../shared/p2p/address.ts';
import { runSystemCommand } from '../host/system-command.ts';
import { NETWORK_PROGRAM } from '../places.ts';
import { reasonOf } from '../user-error.ts';
import { credentialsIn, ownAddressesOn } from './credentials.ts';
import type { PeersPlace } from './place.ts';

/** Some are asked for the first time, and have to make keys, or to find a relay. */
const ADDRESS_MS = 60_000;

export type OwnAddresses =
  | { readonly kind: 'found'; readonly addresses: readonly PeerAddress[] }
  /** tor's is made by root, and written down. */
  | { readonly kind: 'none-of-tor' }
  | { readonly kind: 'none'; readonly why: string };

/** In the order in which they are to be tried. */
export async function findOwnAddresses({ directory, top, env }: PeersPlace, network: string): Promise<OwnAddresses> {
  const written = ownAddressesOn(credentialsIn(directory.commonDir), network);
  if (written.length > 0) return { kind: 'found', addresses: written };
  if (network === 'tor') return { kind: 'none-of-tor' };
  const program = `git-annex-p2p-${network}`;
  const [command, ...words] = isOwnNetwork(network) ? [process.execPath, NETWORK_PROGRAM, network] : [program];
  const outcome = await runSystemCommand(command ?? program, [...words, 'address'], {
    cwd: top,
    env,
    limitMs: ADDRESS_MS,
  }).catch((error: unknown) => ({ kind: 'unstartable' as const, why: reasonOf(error) }));
  if (outcome.kind === 'missing') {
    const own = `${network} is no network of ours (${OWN_NETWORKS.join(', ')})`;
    return { kind: 'none', why: `${own}, and the program ${program} was not found on PATH` };
  }
  if (outcome.kind === 'unstartable') return { kind: 'none', why: `${program} cannot be started: ${outcome.why}` };
  if (outcome.status !== 0) {
    const why = outcome.stderr.split('\n')[0]?.replace(`${program}: `, '') ?? '';
    if (isOwnNetwork(network) && why !== '') return { kind: 'none', why };
    return { kind: 'none', why: `'${program} address' failed${why && `: ${why}`}` };
  }
  const addresses = addressesIn(outcome.stdout, network);
  return addresses.length > 0
    ? { kind: 'found', addresses }
    : { kind: 'none', why: `'${program} address' says no address that could be one` };
}

/** One a line. */
function addressesIn(stdout: string, network: string): PeerAddress[] {
  return stdout.split('\n').flatMap((line) => {
    const address = parsePeerUrl(`p2p-annex::${network}:${line.trim()}`);
    return 'why' in address || networkOf(address) !== network ? [] : [address];
  });
}
