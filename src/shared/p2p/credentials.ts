// Owns: the files below .git/annex/creds in which git-annex keeps addresses and tokens: their names, and their text.
// Leaves: reading and writing them (main/peers, workers/peer).
// git-annex: P2P/Auth.hs, P2P/Address.hs. It drops lines that it cannot read when it writes p2pauth anew.
import { formatPeerUrl, type PeerAddress, parsePeerUrl, withoutWay } from './address.ts';
import { isSameToken, parseToken, type Token } from './token.ts';

/** Own addresses, one a line. */
export const ADDRESSES_FILE = 'p2paddrs';
/** Tokens of those who may read and write, as git-annex has it: `TOKEN` for tor, else `TOKEN ADDRESS`. */
export const TOKENS_FILE = 'p2pauth';
/** Of those who may only read, in the same lines: a file of ours, as git-annex would let them write. */
export const READ_ONLY_TOKENS_FILE = 'p2pauth-read-only';
/** No file here is longer. */
export const MOST_CREDENTIAL_BYTES = 1024 * 1024;

export type Rights = 'read' | 'write';

export interface AdmittedToken {
  readonly token: Token;
  /** Own address at which it is taken; undefined: that of tor. */
  readonly at: PeerAddress | undefined;
  readonly rights: Rights;
}

/**
 * Lines that hold no token are passed over; those with an address that cannot be read, too, which to git-annex are
 * tokens of tor.
 */
export function parseTokens(text: string, rights: Rights): AdmittedToken[] {
  return text.split('\n').flatMap((line) => {
    const [, word = '', url = ''] = /^([^ ]*) ?(.*)$/s.exec(line.replace(/\r$/, '')) ?? [];
    const token = parseToken(word);
    const at = url === '' ? undefined : parsePeerUrl(url);
    return token === undefined || (at !== undefined && 'why' in at) ? [] : [{ token, at, rights }];
  });
}

export const formatToken = ({ token, at }: Omit<AdmittedToken, 'rights'>): string =>
  at === undefined || at.kind === 'tor' ? token : `${token} ${formatPeerUrl(at)}`;

/**
 * The one that was given, at that own address (undefined: the hidden service of tor). Every token is looked at, whether
 * or not an earlier one is it; of one that stands twice the lesser right counts.
 */
export function admitted(
  all: readonly AdmittedToken[],
  given: Token,
  at: PeerAddress | undefined,
): AdmittedToken | undefined {
  // This machine may have moved since the invitation.
  const place = (address: PeerAddress): string => formatPeerUrl(withoutWay(address));
  const here = at === undefined || at.kind === 'tor' ? undefined : place(at);
  const found = all.filter((each) => isSameToken(each.token, given) && (each.at && place(each.at)) === here);
  return found.find(({ rights }) => rights === 'read') ?? found[0];
}

/** The file of the token by which this repository is let in at a peer: its first line is that token. */
export function tokenFileOf(address: PeerAddress): string {
  // One hidden service has one port.
  const text = address.kind === 'tor' ? address.onion : `${address.network}:${address.address}`;
  // Letters and digits of any script stay as they are (Haskell's isAlphaNum).
  return text.replace(/[^\p{L}\p{N}]/gu, percentEncoded);
}

const percentEncoded = (character: string): string =>
  [...new TextEncoder().encode(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');

/**
 * All names under which git-annex looks for it, whatever its age: those before 10.2025 (seen with 10.20230126) know a
 * hidden service's by the onion address as it is. It is read from the first that is there, and written to all.
 */
export const tokenFilesOf = (address: PeerAddress): readonly string[] =>
  address.kind === 'tor' ? [tokenFileOf(address), address.onion] : [tokenFileOf(address)];
