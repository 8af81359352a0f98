// Owns: Poly1305 for chacha20-poly1305@openssh.com, in the place of the one that ssh2 compiles of WebAssembly.
// Leaves: all else of that cipher to ssh2 (lib/protocol/crypto.js), and Poly1305 itself to tweetnacl.
import nacl from 'tweetnacl/nacl-fast.js';

/** The memory of what would be WebAssembly: ssh2 allots the result in it, and copies it from there after each call. */
const HEAPU8 = new Uint8Array(16);

function authenticate(
  at: number,
  first: Uint8Array,
  firstBytes: number,
  second: Uint8Array,
  secondBytes: number,
  key: Uint8Array,
): void {
  const whole = new Uint8Array(firstBytes + secondBytes);
  whole.set(first);
  whole.set(second, firstBytes);
  nacl.lowlevel.crypto_onetimeauth(HEAPU8, at, whole, 0, whole.length, key);
}

/**
 * For a cipher that it speaks last, ssh2 compiles WebAssembly in each thread that loads it: 15 ms of processor time.
 * bcrypt-pbkdf, which reads encrypted keys, brings tweetnacl anyway. To be called as ssh2 calls its own.
 */
export const replacement = async () => ({ HEAPU8, _malloc: () => 0, cwrap: () => authenticate });
