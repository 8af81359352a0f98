// Owns: which algorithms of the user's ssh settings ssh2 1.17 can speak, in the order it speaks them fastest. Pure.
// Leaves: the order of host keys, which is OpenSSH's own (host-key-order.ts).
import type { RawSettings } from './settings.ts';

/**
 * Key exchanges, ciphers and MACs in ssh2's order of preference, not the user's: AES-GCM is native, chacha20 is not.
 * No group exchange: ssh2 takes any number of any length for the server's prime, and computes with it in one native
 * call that nothing can end. Where a server has nothing else, the program looks at the group first.
 */
const KEX = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group14-sha1',
  'diffie-hellman-group1-sha1',
] as const;
const CIPHERS = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
  'chacha20-poly1305@openssh.com',
  'aes256-cbc',
  'aes192-cbc',
  'aes128-cbc',
] as const;
const MACS = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha1-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
  'hmac-sha1',
] as const;
const HOST_KEYS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
] as const;
/** What OpenSSH has switched off by default (8.8): used where the user's settings cannot be asked. */
const OUTDATED: readonly string[] = ['ssh-rsa', 'diffie-hellman-group1-sha1', 'diffie-hellman-group14-sha1'];

export interface SpokenAlgorithms {
  readonly kex: (typeof KEX)[number][];
  readonly cipher: (typeof CIPHERS)[number][];
  readonly hmac: (typeof MACS)[number][];
  readonly serverHostKey: (typeof HOST_KEYS)[number][];
}

/** Host keys by any algorithm that the user's settings allow, in their order, and not only those that ssh2 speaks. */
export const listedHostKeys = (raw: RawSettings): readonly string[] =>
  raw.get('hostkeyalgorithms')?.[0]?.split(',') ?? allowed(HOST_KEYS, raw, 'hostkeyalgorithms');

/** Those of ssh2's algorithms that the user's settings allow, host keys in a given order; a list may come out empty. */
export function spokenAlgorithms(raw: RawSettings, hostKeys: readonly string[]): SpokenAlgorithms {
  return {
    kex: allowed(KEX, raw, 'kexalgorithms'),
    cipher: allowed(CIPHERS, raw, 'ciphers'),
    hmac: allowed(MACS, raw, 'macs'),
    serverHostKey: hostKeys.flatMap((name) => HOST_KEYS.find((spoken) => spoken === name) ?? []),
  };
}

/** The name of a kind of algorithm of which the user allows none that ssh2 speaks. */
export function unspokenKind(algorithms: SpokenAlgorithms): keyof SpokenAlgorithms | undefined {
  const kinds = ['kex', 'cipher', 'hmac', 'serverHostKey'] as const;
  return kinds.find((kind) => algorithms[kind].length === 0);
}

function allowed<Name extends string>(ours: readonly Name[], raw: RawSettings, keyword: string): Name[] {
  const list = raw.get(keyword)?.[0]?.split(',');
  return ours.filter((name) => (list === undefined ? !OUTDATED.includes(name) : list.includes(name)));
}
