// Owns: the user's key files: what is in them without a passphrase, and in which order keys are tried.
// Leaves: signing with them (connection/ssh2-connection.ts).
import { stat } from 'node:fs/promises';
import { readRegularFileInPool } from '../../../shared/system/read-regular-file.ts';
import { throwIfItPasses } from '../../../shared/system/unread.ts';
import type { LockedKey } from '../connection/advice.ts';
import { keyType, readString } from './public-key.ts';
import { isAllowedKey, type KeyRules } from './user-keys.ts';

/** A key file that exists. */
export interface Identity {
  readonly path: string;
  /** The private key's text; absent where the file holds a public key whose other half is in the agent. */
  readonly privateText?: string;
  /** The raw public key, where it can be told. */
  readonly publicKey?: Buffer;
  readonly isEncrypted: boolean;
  /** Others may read it, so that OpenSSH would not use what is private in it. `privateText` is absent then. */
  readonly isExposed: boolean;
  readonly isSecurityKey: boolean;
  /** A certificate lies beside it, which OpenSSH would use. */
  readonly hasCertificate: boolean;
}

/** Those of the files that are there and can be read; a missing one is as if it were not named, as with ssh. */
export async function readIdentities(files: readonly string[]): Promise<Identity[]> {
  const found = await Promise.all([...new Set(files)].map(readIdentity));
  return found.flatMap((identity) => identity ?? []);
}

async function readIdentity(path: string): Promise<Identity | undefined> {
  const [own, beside, certificate] = await Promise.all([path, `${path}.pub`, `${path}-cert.pub`].map(readText));
  if (own === undefined && beside === undefined) return undefined;
  const isPrivate = own?.includes('PRIVATE KEY-----') === true;
  const isExposed = isPrivate && (await othersMayRead(path));
  const inside = isPrivate ? outerPublicKey(own) : undefined;
  const publicKey = inside?.key ?? publicKeyOf(isPrivate ? beside : (own ?? beside));
  return {
    path,
    ...(isPrivate && !isExposed && { privateText: own }),
    ...(publicKey && { publicKey }),
    isEncrypted: isPrivate && (inside?.isEncrypted ?? /ENCRYPTED/.test(own)),
    isExposed,
    isSecurityKey: publicKey !== undefined && keyType(publicKey).startsWith('sk-'),
    hasCertificate: certificate !== undefined,
  };
}

/** The public half, which OpenSSH's own format keeps in the clear (PROTOCOL.key). */
function outerPublicKey(text: string): { readonly key: Buffer; readonly isEncrypted: boolean } | undefined {
  const base64 = /-----BEGIN OPENSSH PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END/.exec(text)?.[1];
  const bytes = Buffer.from(base64 ?? '', 'base64');
  const magic = 'openssh-key-v1\0';
  if (bytes.subarray(0, magic.length).toString('latin1') !== magic) return undefined;
  const [cipher, at] = readString(bytes, magic.length);
  const [, afterKdf] = readString(bytes, at);
  const [, afterOptions] = readString(bytes, afterKdf);
  // The number of keys, which is always 1, stands before the first one.
  const [key] = readString(bytes, afterOptions + 4);
  return { key, isEncrypted: cipher.toString('latin1') !== 'none' };
}

/** Of a file of our own only, as OpenSSH has it (authfile.c): whoever made somebody else's key readable knew why. */
async function othersMayRead(path: string): Promise<boolean> {
  const { uid, mode } = await stat(path);
  return uid === process.getuid?.() && (mode & 0o077) !== 0;
}

/** `type base64 comment` */
function publicKeyOf(text: string | undefined): Buffer | undefined {
  const [type, base64] = text?.trim().split(/\s+/) ?? [];
  const key = Buffer.from(base64 ?? '', 'base64');
  return type !== undefined && keyType(key) === type ? key : undefined;
}

/** No key is longer. */
const KEY_BYTES = 1024 * 1024;

/** Missing or not to be read: ssh passes over both. Throws not-now for one that may be read later. */
async function readText(path: string): Promise<string | undefined> {
  const read = await readRegularFileInPool(path, { mostBytes: KEY_BYTES });
  throwIfItPasses(path, read);
  return read.kind === 'read' ? new TextDecoder().decode(read.bytes) : undefined;
}

export interface LoginOrder {
  /** Raw public keys in the agent, in the order they are tried. */
  readonly fromAgent: readonly Buffer[];
  /** Then these files. */
  readonly fromFiles: readonly { readonly path: string; readonly privateText: string; readonly passphrase?: string }[];
  /** Files that had to be left out, for lack of a passphrase, or since others may read them. */
  readonly locked: readonly LockedKey[];
}

/** OpenSSH's order (sshconnect2.c, pubkey_prepare): keys both named and in the agent, the agent's others, files. */
export function orderLogins(
  identities: readonly Identity[],
  agentKeys: readonly Buffer[],
  options: {
    readonly identitiesOnly: boolean;
    readonly passphrases: Readonly<Record<string, string>>;
    readonly keyRules: KeyRules;
  },
): LoginOrder {
  const ofAgent = agentKeys.filter((key) => isAllowedKey(options.keyRules, key));
  const named = agentKeysOf(identities, ofAgent);
  const others = options.identitiesOnly ? [] : ofAgent.filter((key) => !named.includes(key));
  const left = identities.filter(
    ({ publicKey }) =>
      !publicKey || (isAllowedKey(options.keyRules, publicKey) && !named.some((key) => key.equals(publicKey))),
  );
  const locked: LockedKey[] = left.flatMap(({ path, isExposed }) => (isExposed ? { path, why: 'exposed' } : []));
  const fromFiles = left.flatMap(({ path, privateText, isEncrypted, isSecurityKey }) => {
    if (privateText === undefined || isSecurityKey) return [];
    const passphrase = Object.hasOwn(options.passphrases, path) ? options.passphrases[path] : undefined;
    if (isEncrypted && passphrase === undefined) {
      locked.push({ path, why: 'no-passphrase' });
      return [];
    }
    return [{ path, privateText, ...(isEncrypted && passphrase !== undefined && { passphrase }) }];
  });
  return { fromAgent: [...named, ...others], fromFiles, locked };
}

function agentKeysOf(identities: readonly Identity[], agentKeys: readonly Buffer[]): Buffer[] {
  return identities.flatMap(({ publicKey }) => agentKeys.filter((key) => publicKey?.equals(key)));
}
