// Owns: whether a remote is a peer, by its URL, and what is wrong with the address in it.
// Leaves: how addresses are spelled (shared/p2p/address.ts), and the rungs (rungs.ts).
import { PEER_HELPERS, type PeerAddress, parsePeerUrl } from '../../../shared/p2p/address.ts';
import { TOKEN_LENGTH } from '../../../shared/p2p/token.ts';
import type { RemoteLocation } from '../../../shared/remote-uri.ts';

export interface PeerPlace {
  readonly kind: 'peer';
  readonly address: PeerAddress;
  /** The remote's URL, as git has it. */
  readonly url: string;
  /** `remote.<n>.annex-uuid` */
  readonly uuid?: string;
}

export interface PeerKeys {
  readonly url: string;
  readonly vcs: string | undefined;
  readonly uuid: string | undefined;
}

/** undefined: it is no peer, or another helper is to reach it. `why` says nothing of what stands in the URL. */
export function peerAt(
  location: RemoteLocation,
  { url, vcs, uuid }: PeerKeys,
): PeerPlace | { readonly why: string } | undefined {
  if (location.kind !== 'helper' || !isPeerHelper(location.helper)) return undefined;
  if (vcs !== undefined && vcs !== location.helper) return undefined;
  if (endsInToken(url)) return { why: INVITATION };
  const address = parsePeerUrl(url);
  if ('why' in address) return { why: `its URL: ${address.why}` };
  return { kind: 'peer', address, url, ...(uuid !== undefined && { uuid }) };
}

const isPeerHelper = (helper: string): boolean => PEER_HELPERS.some((each) => each === helper);

const INVITATION =
  'its URL has a token at its end, which is a secret: it is an invitation; take the token out of the config, or unset the URL and give the invitation to git remote-daemon peer accept';

/** Some networks have colons in their addresses, so that a token is known by how long it is. */
function endsInToken(url: string): boolean {
  const [address, token] = [url.slice(0, url.lastIndexOf(':')), url.slice(url.lastIndexOf(':') + 1)];
  return !('why' in parsePeerUrl(address)) && token.length >= TOKEN_LENGTH && /^[a-z0-9]+$/i.test(token);
}
