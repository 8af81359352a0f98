// Owns: what a raw public key tells of itself, and which kind of key an algorithm's name asks for. Pure.
// Leaves: which keys are known for a host (known-hosts.ts), and which of the user's may be used (user-keys.ts).

/** Type of a raw public key: its first string (RFC 4253 §6.6). */
export const keyType = (key: Uint8Array): string => readString(Buffer.from(key), 0)[0].toString('latin1');

/** Length of an RSA key's modulus in bits; undefined for a key of another type, or one that is cut short. */
export function rsaBits(key: Uint8Array): number | undefined {
  const bytes = Buffer.from(key);
  const [type, at] = readString(bytes, 0);
  if (type.toString('latin1') !== 'ssh-rsa') return undefined;
  const [, afterExponent] = readString(bytes, at);
  const modulus = readString(bytes, afterExponent)[0];
  const first = modulus.findIndex((byte) => byte !== 0);
  const top = modulus[first];
  return top === undefined ? undefined : (modulus.length - first) * 8 - Math.clz32(top) + 24;
}

/** The type of the plain key that an algorithm proves, certificates set aside: `rsa-sha2-512` → `ssh-rsa`. */
export function plainTypeOf(algorithm: string): string {
  const plain = algorithm.replace(/-cert-v01@openssh\.com$/, algorithm.startsWith('sk-') ? '@openssh.com' : '');
  return /^rsa-sha2-(?:256|512)$/.test(plain) ? 'ssh-rsa' : plain;
}

export const isCertificate = (algorithm: string): boolean => algorithm.endsWith('-cert-v01@openssh.com');

/** Whether it is made of strings alone, as all plain keys are, and none is cut short. */
export function isWhole(key: Buffer): boolean {
  let at = 0;
  let strings = 0;
  for (; at + 4 <= key.length; strings++) at += 4 + key.readUInt32BE(at);
  return at === key.length && strings > 1;
}

/** A length and as many bytes; empty where the text is cut short. */
export function readString(bytes: Buffer, at: number): readonly [Buffer, number] {
  const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
  return [bytes.subarray(at + 4, at + 4 + length), at + 4 + length];
}
