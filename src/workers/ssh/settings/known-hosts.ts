// Owns: what known_hosts files say of a host and of the key it shows, judged as OpenSSH does (sshconnect.c). Pure.
// Leaves: the lines of the files (known-hosts-lines.ts), and the handshake (connection/ssh2-connection.ts).
import { type KnownKey, keysNamed, knownLines, type NamedKeys } from './known-hosts-lines.ts';

/**
 * `address-changed`: the name is known with this key, its address with another (CheckHostIP). `needs-program`: ssh2
 * cannot tell, as where only a certificate authority is known for the host.
 */
export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'address-changed' | 'revoked' | 'needs-program';

export interface KnownHosts {
  /** Judges a raw public key, as it comes in the handshake; with the server's address only where CheckHostIP asks. */
  readonly judge: (key: Uint8Array, address?: HostAddress) => HostKeyVerdict;
  /** Types of the keys known for this host, such as `ssh-rsa`. */
  readonly knownTypes: readonly string[];
  /** Whether a certificate authority vouches for this host, with or without its port. */
  readonly hasAuthority: boolean;
  /** Whether any key of this host is revoked: that may as well be the one that signed its certificate. */
  readonly hasRevoked: boolean;
  /** What the order in which OpenSSH asks for host keys goes by: the lines that name the host with its port. */
  readonly forOrder: { readonly hasAuthority: boolean; readonly hasKeyOf: (type: string) => boolean };
}

export interface HostAddress {
  readonly address: string;
  readonly port: number;
}

/** What the files say of a host; on a port other than 22 it is listed as `[host]:port`. An alias has port 22. */
export function readKnownHosts(texts: readonly string[], host: string, port: number): KnownHosts {
  const lines = knownLines(texts);
  const ofHost = keysNamed(lines, withPort(host, port));
  const ofName = port === 22 ? undefined : keysNamed(lines, host);
  const all = [...ofHost.keys, ...(ofName?.keys ?? [])];
  const ofAddress = ({ address, port: itsPort }: HostAddress) => ({
    own: keysNamed(lines, withPort(address, itsPort)),
    plain: keysNamed(lines, address),
  });
  return {
    judge: (key, address) => judge(Buffer.from(key), { ofHost, ofName }, address && ofAddress(address)),
    knownTypes: [...new Set(all.filter(isPlain).map(({ type }) => type))],
    hasAuthority: all.some(({ marker }) => marker === 'cert-authority'),
    hasRevoked: all.some(({ marker }) => marker === 'revoked'),
    forOrder: {
      hasAuthority: ofHost.keys.some(({ marker }) => marker === 'cert-authority'),
      hasKeyOf: (type) => hasKeyOf(ofHost, type),
    },
  };
}

const withPort = (host: string, port: number): string => (port === 22 ? host : `[${host}]:${port}`);

interface HostKeys {
  readonly ofHost: NamedKeys;
  /** The host without its port; undefined where it has none to leave out. */
  readonly ofName: NamedKeys | undefined;
}

interface AddressKeys {
  readonly own: NamedKeys;
  readonly plain: NamedKeys;
}

/** The name without the port counts only where the one with it has no key at all. */
function judge(key: Buffer, { ofHost, ofName }: HostKeys, address: AddressKeys | undefined): HostKeyVerdict {
  const verdict = judgeName(key, ofHost, address?.own);
  if (verdict !== 'unknown' || ofName === undefined) return verdict;
  if (ofHost.hasOddLine) return 'needs-program';
  const plain = judgeName(key, ofName, address?.plain);
  // That the host has another key on another port says nothing about this one.
  if (plain === 'changed') return 'unknown';
  return plain === 'known' && differs(key, address?.own) ? 'address-changed' : plain;
}

function judgeName(key: Buffer, named: NamedKeys, address: NamedKeys | undefined): HostKeyVerdict {
  const status = statusOf(key, named);
  if (status === 'known' && differs(key, address)) return 'address-changed';
  // The line may say that this very key is revoked.
  if (status === 'known' && named.hasOddLine) return 'needs-program';
  if (status === 'unknown' && named.keys.some(({ marker }) => marker === 'cert-authority')) return 'needs-program';
  return status;
}

const differs = (key: Buffer, address: NamedKeys | undefined): boolean =>
  address !== undefined && statusOf(key, address) === 'changed';

/** A key of any type that differs makes a host changed: its known types were asked for first, so it has none of them. */
function statusOf(key: Buffer, { keys }: NamedKeys): 'known' | 'unknown' | 'changed' | 'revoked' {
  if (isRevoked(key, keys)) return 'revoked';
  if (keys.some((known) => isPlain(known) && known.key.equals(key))) return 'known';
  return keys.some(isPlain) ? 'changed' : 'unknown';
}

/** As hostfile.c looks one up: the first of its type, unless that is revoked. */
function hasKeyOf({ keys }: NamedKeys, type: string): boolean {
  const first = keys.find((known) => isPlain(known) && known.type === type);
  return first !== undefined && !isRevoked(first.key, keys);
}

const isRevoked = (key: Buffer, keys: readonly KnownKey[]): boolean =>
  keys.some(({ marker, key: revoked }) => marker === 'revoked' && revoked.equals(key));

const isPlain = ({ marker }: KnownKey): boolean => marker === 'none';
