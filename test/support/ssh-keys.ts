// Owns: key pairs made in this process (no ssh-keygen needed), and the lines of authorized_keys and known_hosts.
// Leaves: where such lines are written (ssh-client.ts, openssh-peer.ts).
import ssh2 from 'ssh2';

const { utils } = ssh2;

export interface KeyPair {
  /** In OpenSSH's own format. */
  readonly privateKey: string;
  /** `type base64`, which is also its line of authorized_keys. */
  readonly publicKey: string;
}

export type KeyType = 'ed25519' | 'ecdsa' | 'rsa';

/** A fresh key pair, encrypted if a passphrase is given. */
export function makeKeyPair(type: KeyType = 'ed25519', passphrase?: string): KeyPair {
  const encryption = passphrase === undefined ? {} : { passphrase, cipher: 'aes256-ctr', rounds: 16 };
  for (;;) {
    const made = generate(type, encryption);
    const [key, lock] = [utils.parseKey(made.private, passphrase), utils.parseKey(made.public)];
    // About one ed25519 pair in a hundred from ssh2 1.17 is unusable, for ssh2 and for OpenSSH alike (21 of 3500 seen).
    if (key instanceof Error || lock instanceof Error || !lock.verify('probe', key.sign('probe'))) continue;
    return { privateKey: made.private, publicKey: made.public.split(' ', 2).join(' ') };
  }
}

/** A line of known_hosts. */
export function knownHostsLine(host: string, port: number, publicKey: string): string {
  return `${port === 22 ? host : `[${host}]:${port}`} ${publicKey}\n`;
}

function generate(type: KeyType, encryption: object): { private: string; public: string } {
  if (type === 'rsa') return utils.generateKeyPairSync('rsa', { bits: 2048, ...encryption });
  if (type === 'ecdsa') return utils.generateKeyPairSync('ecdsa', { bits: 256, ...encryption });
  return utils.generateKeyPairSync('ed25519', encryption);
}
