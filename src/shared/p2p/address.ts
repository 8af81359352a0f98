// Owns: where a peer is: git-annex's addresses of peers and invitations to them, as text and read.
// Leaves: reaching one (workers/peer/network), and where its token is kept (credentials.ts).
// The spelling is that of git-annex (P2P/Address.hs); what no network could mean by it is refused here, before it gets
// into a command line or a path.
import { TELEHASH_ADDRESS } from './telehash-address.ts';
import { parseToken, type Token } from './token.ts';

/** A name of a network, fit for a part of a program's name: `git-annex-p2p-NAME`. Tor has a kind of address of its own. */
export type NetworkName = string;

export type PeerAddress =
  | { readonly kind: 'tor'; readonly onion: string; readonly port: number }
  | { readonly kind: 'p2p'; readonly network: NetworkName; readonly address: string };

/** All that is needed to get in at a peer. A secret. */
export interface Invitation {
  readonly address: PeerAddress;
  readonly token: Token;
}

/** What could not be read, and why: one line, without what was given, as that may hold a secret. */
export interface Unreadable {
  readonly why: string;
}

/** The schemes of the URLs of peers, which are the names of the remote helpers, too. */
export const PEER_HELPERS = ['tor-annex', 'p2p-annex'] as const;

const NETWORK_NAME = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** Of version 2 and 3; the names of test networks are as long. */
const ONION = /^[a-z2-7]{16}(?:[a-z2-7]{40})?\.onion$/;
/** An argument of a program: no option, nothing that ends a line or could not be shown. */
const UNDERLYING = /^[^\s\p{Cc}-][^\s\p{Cc}]{0,1023}$/u;

/** What a program is asked for its own addresses by. */
const ASKS_FOR_OWN = 'address';

/** What an address is in the networks that are ours; what they have of others is their programs' own. */
const ADDRESSES: ReadonlyMap<NetworkName, { readonly form: RegExp; readonly what: string }> = new Map([
  ['hyper', { form: /^[\da-f]{64}$/, what: '64 hex digits in lower case' }],
  // With the program of that account behind it: several repositories may have the same.
  [
    'xmpp',
    { form: /^[^\s\p{Cc}@/"&'<>:]+@[^\s\p{Cc}@/:]+(?:\/[\w.-]{1,64})?$/u, what: 'an account such as joe@example.org' },
  ],
  [
    'telehash',
    { form: TELEHASH_ADDRESS, what: 'a hashname of 52 letters and digits, and mostly a dot and the way there' },
  ],
]);

/** Reached without a program of somebody else's. */
export const OWN_NETWORKS: readonly NetworkName[] = [...ADDRESSES.keys(), 'tor'];

export const isOwnNetwork = (name: NetworkName): boolean => OWN_NETWORKS.includes(name);

export const isNetworkName = (text: string): boolean => NETWORK_NAME.test(text);

/** `tor-annex::ONION:PORT` or `p2p-annex::NETWORK:ADDRESS`. */
export function parsePeerUrl(url: string): PeerAddress | Unreadable {
  const [, scheme, rest = ''] = /^([a-z0-9-]+)::(.*)$/s.exec(url) ?? [];
  const colon = rest.indexOf(':');
  const [first, second] = colon === -1 ? [rest, ''] : [rest.slice(0, colon), rest.slice(colon + 1)];
  if (scheme === 'tor-annex') return torAddress(first.toLowerCase(), second);
  if (scheme === 'p2p-annex') return p2pAddress(first, second);
  return { why: 'the address of a peer begins with tor-annex:: or p2p-annex::' };
}

function torAddress(onion: string, port: string): PeerAddress | Unreadable {
  if (!ONION.test(onion)) return { why: 'what follows tor-annex:: is no onion address, such as abc….onion:4242' };
  const number = /^[1-9]\d{0,4}$/.test(port) ? Number(port) : Number.NaN;
  if (!(number < 65_536)) return { why: 'behind the onion address there is no port, such as :4242' };
  return { kind: 'tor', onion, port: number };
}

function p2pAddress(network: string, address: string): PeerAddress | Unreadable {
  // Tor's addresses have a kind of their own: this one would pass for it.
  if (!isNetworkName(network) || network === 'tor')
    return { why: 'what follows p2p-annex:: is no name of a network, such as hyper:' };
  if (!UNDERLYING.test(address) || address === ASKS_FOR_OWN)
    return { why: `behind p2p-annex::${network}: there is no address of that network` };
  const ours = ADDRESSES.get(network);
  if (ours && !ours.form.test(address)) return { why: `an address of ${network} is ${ours.what}` };
  return { kind: 'p2p', network, address };
}

export const formatPeerUrl = (address: PeerAddress): string =>
  address.kind === 'tor'
    ? `tor-annex::${address.onion}:${address.port}`
    : `p2p-annex::${address.network}:${address.address}`;

/** What `remotedaemon.serve` and `status` call the network of an address. */
export const networkOf = (address: PeerAddress): NetworkName => (address.kind === 'tor' ? 'tor' : address.network);

/** Who is there, whichever way leads to him today: of telehash, only the hashname. */
export const withoutWay = (address: PeerAddress): PeerAddress =>
  address.kind === 'p2p' && address.network === 'telehash'
    ? { ...address, address: address.address.replace(/\..*$/s, '') }
    : address;

/** The address with the token behind it, after one more colon. */
export function parseInvitation(text: string): Invitation | Unreadable {
  const trimmed = text.trim();
  const colon = trimmed.lastIndexOf(':');
  const token = parseToken(trimmed.slice(colon + 1));
  if (colon === -1 || token === undefined) return { why: 'its last part, behind the last colon, is no token' };
  const address = parsePeerUrl(trimmed.slice(0, colon));
  return 'why' in address ? address : { address, token };
}

export const formatInvitation = ({ address, token }: Invitation): string => `${formatPeerUrl(address)}:${token}`;
