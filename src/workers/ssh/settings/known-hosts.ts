// Owns: what known_hosts files say of a host and of the key it offers (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Pure.
// Leaves: reading the files, and the handshake (connection/ssh2-connection.ts).
import { createHmac } from 'node:crypto';

/** `needs-program`: only a certificate authority is known for the host, and ssh2 knows no host certificates. */
export type HostKeyVerdict = 'known' | 'unknown' | 'changed' | 'revoked' | 'needs-program';

export interface KnownHosts {
  /** Judges a raw public key, as it comes in the handshake. */
  readonly judge: (key: Uint8Array) => HostKeyVerdict;
  /** Types of the keys known for this host, such as `ssh-rsa`: these are asked for first, as OpenSSH does. */
  readonly knownTypes: readonly string[];
  /** Whether a certificate authority vouches for this host. */
  readonly hasAuthority: boolean;
}

interface KnownKey {
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  readonly type: string;
  readonly key: Buffer;
}

/** What the files' texts say of a host; on a port other than 22 it is listed as `[host]:port`. */
export function readKnownHosts(texts: readonly string[], host: string, port: number): KnownHosts {
  const lines = texts.flatMap((text) => text.split('\n'));
  const ofHost = lines.flatMap((line) => keyFor(line, port === 22 ? host : `[${host}]:${port}`));
  // A key known for the host without its port is good as well; that it differs says nothing (sshconnect.c).
  const ofName = port === 22 ? [] : lines.flatMap((line) => keyFor(line, host));
  return {
    judge: (key) => judgeKey(Buffer.from(key), ofHost, ofName),
    knownTypes: [...new Set([...ofHost, ...ofName].filter(isPlain).map(({ type }) => type))],
    hasAuthority: [...ofHost, ...ofName].some(({ marker }) => marker === 'cert-authority'),
  };
}

function judgeKey(key: Buffer, ofHost: readonly KnownKey[], ofName: readonly KnownKey[]): HostKeyVerdict {
  const all = [...ofHost, ...ofName];
  if (all.some((known) => known.marker === 'revoked' && known.key.equals(key))) return 'revoked';
  if (all.some((known) => isPlain(known) && known.key.equals(key))) return 'known';
  if (all.some(({ marker }) => marker === 'cert-authority')) return 'needs-program';
  // Even where only its other types are known: those were asked for first, so it has none of them (seen with 9.2).
  return ofHost.some(isPlain) ? 'changed' : 'unknown';
}

const isPlain = ({ marker }: KnownKey): boolean => marker === 'none';

/** Type of a raw public key: its first string (RFC 4253 §6.6). */
export function keyType(key: Uint8Array): string {
  const bytes = Buffer.from(key);
  return bytes.length < 4 ? '' : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1');
}

/** The key of a known_hosts line that speaks of this host; none for others, comments, and lines that are no such. */
function keyFor(line: string, host: string): KnownKey[] {
  const words = line.trim().split(/[ \t]+/);
  const marked = words[0]?.startsWith('@') ? words.shift() : undefined;
  const [hosts, type, base64] = words;
  if (hosts === undefined || type === undefined || base64 === undefined || hosts.startsWith('#')) return [];
  const marker = MARKERS[marked ?? ''];
  if (marker === undefined || !namesHost(hosts, host)) return [];
  const key = Buffer.from(base64, 'base64');
  return keyType(key) === type ? [{ marker, type, key }] : [];
}

const MARKERS: Readonly<Record<string, KnownKey['marker']>> = {
  '': 'none',
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
};

function namesHost(hosts: string, host: string): boolean {
  if (hosts.startsWith('|')) return isHashOf(hosts, host);
  const patterns = hosts.split(',').map((pattern) => ({
    negated: pattern.startsWith('!'),
    matches: globMatches(pattern.replace(/^!/, '').toLowerCase(), host.toLowerCase()),
  }));
  return !patterns.some(({ negated, matches }) => negated && matches) && patterns.some(({ matches }) => matches);
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, keyed by the salt. */
function isHashOf(hashed: string, host: string): boolean {
  const [, version, salt, hash] = hashed.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  const ours = createHmac('sha1', Buffer.from(salt, 'base64')).update(host).digest();
  return ours.equals(Buffer.from(hash, 'base64'));
}

/** `*` and `?` as in ssh_config(5), PATTERNS. Written out, since a regular expression of many stars can take for ever. */
function globMatches(pattern: string, text: string): boolean {
  let star = -1;
  let retry = 0;
  let at = 0;
  let next = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++;
      retry = at;
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      next++;
      at++;
    } else if (star !== -1) {
      next = star + 1;
      at = ++retry;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(next));
}

/** Names of the algorithms that prove a key of a type, best first. */
const ALGORITHMS_OF_TYPE: Readonly<Record<string, readonly string[]>> = {
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/** The algorithms of `allowed`, those for which the host has a known key first; else a host would look changed. */
export function orderHostKeyAlgorithms<Name extends string>(
  allowed: readonly Name[],
  knownTypes: readonly string[],
): Name[] {
  const known = new Set<string>(knownTypes.flatMap((type) => ALGORITHMS_OF_TYPE[type] ?? [type]));
  return [...allowed.filter((name) => known.has(name)), ...allowed.filter((name) => !known.has(name))];
}
