// Owns: who this repository is in the network telehash: its key, its hashname, and the port that it keeps.
// Leaves: the file (kept-secret.ts), where else it may listen (NetworkSettings), and the address (own-address.ts).
import { randomInt } from 'node:crypto';
import { DaemonError } from '../../../../shared/failures.ts';
import { decodeBase32, encodeBase32, KEY_BYTES } from '../../../../shared/p2p/telehash-address.ts';
import { keptSecret } from '../kept-secret.ts';
import type { Ciphers, KeyPair } from './ciphers.ts';
import { CIPHER_SET, hashnameOf } from './hashname.ts';

export interface Identity {
  readonly pair: KeyPair;
  readonly hashname: string;
  /** Invitations tell it, so it stays. */
  readonly port: number;
}

const NAME = 'telehash';
/** Below those that systems give to whoever connects. */
const PORTS = { first: 10_240, beyond: 32_768 };

/** Made where it is not there yet. Throws a DaemonError. */
export async function ownIdentity(gitDir: string, ciphers: Ciphers): Promise<Identity> {
  // Of two who make one at once one wins; most find one.
  const fresh = await ciphers.generate();
  const text = keptSecret({ gitDir, name: NAME }, () => format(fresh));
  return parse(text) ?? fail(gitDir);
}

const fail = (gitDir: string): never => {
  const file = `${gitDir}/annex/creds/${NAME}`;
  throw new DaemonError('not-set-up', `${file} holds no key of telehash: remove it to have a new one`);
};

/** As telehash's own programs keep an id; the port is ours. */
function format({ key, secret }: KeyPair): string {
  const [keys, secrets] = [key, secret].map((each) => ({ [CIPHER_SET]: encodeBase32(each) }));
  const port = randomInt(PORTS.first, PORTS.beyond);
  return `${JSON.stringify({ hashname: hashnameOf(key), keys, secrets, port }, undefined, 2)}\n`;
}

function parse(text: string): Identity | undefined {
  try {
    const { keys, secrets, port } = JSON.parse(text);
    const [key, secret] = [keys, secrets].map((each) => decodeBase32(String(each?.[CIPHER_SET] ?? '')));
    const hashname = key && hashnameOf(key);
    if (key?.length !== KEY_BYTES || secret?.length !== KEY_BYTES || hashname === undefined) return undefined;
    if (!Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
    return { pair: { key: Buffer.from(key), secret: Buffer.from(secret) }, hashname, port };
  } catch {
    // Somebody else has written it.
    return undefined;
  }
}
