// Owns: which of the user's keys his settings allow, and with which signatures of RSA. Pure.
// Leaves: finding the keys (identities.ts), and signing (connection/ssh2-connection.ts).
import { keyType, rsaBits } from './public-key.ts';
import { type RawSettings, settingOf } from './settings.ts';

/** OpenSSH's own (sshkey.h), and what RequiredRSASize is where it is not set. */
const LEAST_RSA_BITS = 1024;

export const RSA_SIGNATURES = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] as const;

export interface KeyRules {
  /** PubkeyAcceptedAlgorithms; undefined where nobody can be asked for them, and OpenSSH's own hold. */
  readonly accepted: readonly string[] | undefined;
  /** RequiredRSASize, for host keys as well. */
  readonly leastRsaBits: number;
}

export function keyRulesOf(raw: RawSettings): KeyRules {
  // The first is what versions before 8.5 print.
  const accepted = settingOf(raw, 'pubkeyacceptedkeytypes') ?? settingOf(raw, 'pubkeyacceptedalgorithms');
  const least = Number(settingOf(raw, 'requiredrsasize') ?? settingOf(raw, 'rsaminsize'));
  return { accepted: accepted?.split(','), leastRsaBits: Math.max(LEAST_RSA_BITS, Number.isFinite(least) ? least : 0) };
}

export function isAllowedKey(rules: KeyRules, publicKey: Uint8Array): boolean {
  const type = keyType(publicKey);
  if (isShortRsa(rules, publicKey)) return false;
  return type === 'ssh-rsa' ? rsaSignatures(rules).length > 0 : (rules.accepted?.includes(type) ?? true);
}

export function isShortRsa({ leastRsaBits }: KeyRules, publicKey: Uint8Array): boolean {
  return keyType(publicKey) === 'ssh-rsa' && (rsaBits(publicKey) ?? 0) < leastRsaBits;
}

/** SHA-1 only where the user has asked for it (OpenSSH 8.8). */
export const rsaSignatures = ({ accepted }: KeyRules): readonly string[] =>
  RSA_SIGNATURES.filter((name) => (accepted === undefined ? name !== 'ssh-rsa' : accepted.includes(name)));
