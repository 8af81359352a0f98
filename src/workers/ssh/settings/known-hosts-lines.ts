// Owns: the lines of known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): which keys stand for a name. Pure.
// Leaves: what follows for a key that a host shows (known-hosts.ts).
import { createHmac } from 'node:crypto';
import { asciiLowerCase, listMatches } from './patterns.ts';
import { isCertificate, isWhole, keyType } from './public-key.ts';

export interface KnownKey {
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  readonly type: string;
  readonly key: Buffer;
}

/** What stands for one name. */
export interface NamedKeys {
  readonly keys: readonly KnownKey[];
  /** A line may hold a key, but how ssh reads it depends on its version. */
  readonly hasOddLine: boolean;
}

/** Marker, hosts, type and key of what ssh takes for a line: it knows of no white space but these two. */
const LINE = /^[ \t]*(?:(@[^ \t]*)[ \t]+)?([^ \t#@][^ \t]*)[ \t]+([^ \t#][^ \t]*)[ \t]+([^ \t]+)/;

const MARKERS: Readonly<Record<string, KnownKey['marker']>> = {
  '': 'none',
  '@revoked': 'revoked',
  '@cert-authority': 'cert-authority',
};

/** `texts` are the files' bytes, as latin1. To ssh a line ends at NUL. */
export function knownLines(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split('\n').map((line) => line.split('\0', 1)[0] ?? ''));
}

/** The keys whose lines name a host, such as `host` or `[host]:port`. */
export function keysNamed(lines: readonly string[], name: string): NamedKeys {
  const wanted = Buffer.from(asciiLowerCase(name), 'utf8').toString('latin1');
  const found = lines.map((line) => keyFor(line, wanted));
  return {
    keys: found.flatMap((key) => (key === undefined || key === 'odd' ? [] : key)),
    hasOddLine: found.includes('odd'),
  };
}

function keyFor(line: string, name: string): KnownKey | 'odd' | undefined {
  const [, marked = '', hosts, type, padded] = LINE.exec(line) ?? [];
  if (hosts === undefined || type === undefined || padded === undefined) return undefined;
  const marker = Object.hasOwn(MARKERS, marked) ? MARKERS[marked] : undefined;
  if (marker === undefined || !namesHost(hosts, name)) return undefined;
  const base64 = padded.replace(/[\r\v\f]+/g, '');
  const key = Buffer.from(base64, 'base64');
  // Node reads what ssh throws away: other alphabets, missing padding, bits that are left over.
  if (key.toString('base64') !== base64) return undefined;
  if (keyType(key) === type) return isCertificate(type) || isWhole(key) ? { marker, type, key } : undefined;
  // Some versions know a type by a short name as well (`ED25519`).
  return /^(?:ssh-|ecdsa-|sk-)/.test(type) ? undefined : 'odd';
}

const namesHost = (hosts: string, name: string): boolean =>
  hosts.startsWith('|') ? isHashOf(hosts, name) : listMatches(hosts, name);

/** `|1|salt|hash`: HMAC-SHA1 of the name, keyed by the salt. Compared as text, as ssh does. */
function isHashOf(hashed: string, name: string): boolean {
  const [, version, encoded = ''] = hashed.split('|');
  const salt = Buffer.from(encoded, 'base64');
  if (version !== '1' || salt.length !== 20) return false;
  const hash = createHmac('sha1', salt).update(name, 'latin1').digest('base64');
  return hashed === `|1|${salt.toString('base64')}|${hash}`;
}
