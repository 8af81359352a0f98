// Owns: this repository's key in the network hyper, and the address that follows from it.
// Leaves: keeping it (../kept-secret.ts), and what is done with it (listening.ts).
import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto';
import { DaemonError } from '../../../../shared/failures.ts';
import type { PeerAddress } from '../../../../shared/p2p/address.ts';
import { keptSecret } from '../kept-secret.ts';

export interface OwnKey {
  /** Of an Ed25519 key, 32 bytes; a secret. */
  readonly seed: Uint8Array;
  readonly address: PeerAddress;
}

const NAME = 'hyper';
const SEED_BYTES = 32;
/** What stands before the seed in a private key of PKCS #8 (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Made where there is none. Throws a DaemonError. */
export function ownKey(gitDir: string): OwnKey {
  const text = keptSecret({ gitDir, name: NAME }, () => `${randomBytes(SEED_BYTES).toString('hex')}\n`);
  if (!/^[\da-f]{64}\r?\n?$/.test(text))
    throw new DaemonError(
      'not-set-up',
      'the file hyper in .git/annex/creds holds no key: remove it to have a new one, by which peers have to be invited anew',
    );
  const seed = Buffer.from(text.slice(0, 2 * SEED_BYTES), 'hex');
  return { seed, address: { kind: 'p2p', network: 'hyper', address: publicKeyOf(seed).toString('hex') } };
}

/** As libsodium makes it, without loading that. */
function publicKeyOf(seed: Uint8Array): Buffer {
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return Buffer.from(x, 'base64url');
}
