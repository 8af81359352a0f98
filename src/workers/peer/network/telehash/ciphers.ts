// Owns: telehash's cipher set 3a, as the user's package telehash has it, guarded: a fault of it is a failure of one link.
// Leaves: where the package is (module.ts), and what is enciphered (handshake.ts, link.ts).
// e3x 0.2.3, ciphers/3a. The file that is taken is the one for all machines: it loads tweetnacl and nothing native, sets
// nothing that is global, and starts no timer.
import { DaemonError } from '../../../../shared/failures.ts';
import { KEY_BYTES } from '../../../../shared/p2p/telehash-address.ts';
import type { RequireThere } from './module.ts';

export interface KeyPair {
  readonly key: Buffer;
  readonly secret: Buffer;
}

/** What opens messages that were enciphered for a node, and seals those of one connection with another node. */
export interface Ciphers {
  readonly generate: () => Promise<KeyPair>;
  /** What a handshake for us holds; undefined: it is not for us. */
  readonly open: (own: KeyPair, handshake: Buffer) => Promise<Buffer | undefined>;
  readonly towards: (own: KeyPair, theirKey: Uint8Array) => Exchange;
}

export interface Exchange {
  /** By which what comes for it is known. */
  readonly token: Buffer;
  readonly seal: (inner: Buffer) => Promise<Buffer>;
  /** Whether it comes from who has that key. */
  readonly isTheirs: (handshake: Buffer) => Promise<boolean>;
  /** What goes between both once each has the other's handshake. */
  readonly session: (handshake: Buffer) => Session;
}

export interface Session {
  /** Of their exchange. */
  readonly token: Buffer;
  readonly seal: (inner: Buffer) => Promise<Buffer>;
  /** Undefined: it was not sealed for this. */
  readonly open: (outer: Buffer) => Promise<Buffer | undefined>;
}

interface Local {
  decrypt(body: Buffer): Promise<unknown>;
}
interface Remote {
  token: unknown;
  encrypt(local: Local, inner: Buffer): Promise<unknown>;
  verify(local: Local, body: Buffer): Promise<unknown>;
}
interface Ephemeral {
  token: unknown;
  encrypt(inner: Buffer): Promise<unknown>;
  decrypt(outer: Buffer): Promise<unknown>;
}
interface CipherSet {
  generate(): Promise<KeyPair>;
  readonly Local: new (pair: KeyPair) => Local;
  readonly Remote: new (key: Buffer) => Remote;
  readonly Ephemeral: new (remote: Remote, handshake: Buffer) => Ephemeral;
}

const TOKEN_BYTES = 16;
/** Key, nonce and mac: a shorter one is none. */
const LEAST_HANDSHAKE = 32 + 24 + 16;

/** Throws a DaemonError (`not-set-up`) where the package is another than it was. */
export function loadCiphers(requireThere: RequireThere): Ciphers {
  let set: unknown;
  try {
    set = requireThere('e3x/ciphers/3a/export.browser.js');
  } catch (error) {
    throw unusable(error);
  }
  if (!isCipherSet(set)) throw unusable();
  return guard(set);
}

const unusable = (cause?: unknown): DaemonError =>
  new DaemonError('not-set-up', 'the package telehash that is installed cannot be used: install version 0.4.18 anew', {
    cause,
  });

function isCipherSet(set: unknown): set is CipherSet {
  const parts = ['generate', 'Local', 'Remote', 'Ephemeral'];
  return typeof set === 'object' && set !== null && parts.every((part) => typeof Reflect.get(set, part) === 'function');
}

function guard(set: CipherSet): Ciphers {
  return {
    generate: async () => {
      const { key, secret } = await set.generate();
      if (key?.length !== KEY_BYTES || secret?.length !== KEY_BYTES) throw unusable();
      return { key, secret };
    },
    open: async (own, handshake) => {
      if (handshake.length < LEAST_HANDSHAKE) return undefined;
      return unlessEmpty(() => new set.Local(own).decrypt(handshake));
    },
    towards: (own, theirKey) => {
      const local = new set.Local(own);
      const remote = new set.Remote(Buffer.from(theirKey));
      return {
        token: tokenOf(remote),
        seal: (inner) => sealed(() => remote.encrypt(local, inner)),
        isTheirs: async (handshake) => (await unlessThrown(() => remote.verify(local, handshake))) === true,
        session: (handshake) => sessionOf(new set.Ephemeral(remote, handshake)),
      };
    },
  };
}

const sessionOf = (ephemeral: Ephemeral): Session => ({
  token: tokenOf(ephemeral),
  seal: (inner) => sealed(() => ephemeral.encrypt(inner)),
  open: (outer) => unlessEmpty(() => ephemeral.decrypt(outer)),
});

/** A key that is none shows only by what is not there afterwards. */
function tokenOf({ token }: Pick<Remote, 'token'>): Buffer {
  if (Buffer.isBuffer(token) && token.length === TOKEN_BYTES) return token;
  throw new DaemonError('dropped', 'the key of the peer is none');
}

async function sealed(seal: () => Promise<unknown>): Promise<Buffer> {
  const bytes = await seal();
  if (Buffer.isBuffer(bytes) && bytes.length > 0) return bytes;
  throw new DaemonError('dropped', 'what is to be sent could not be enciphered');
}

/** Of what cannot be opened nothing comes, or an empty buffer, or a throw. */
async function unlessEmpty(open: () => Promise<unknown>): Promise<Buffer | undefined> {
  const bytes = await unlessThrown(open);
  return Buffer.isBuffer(bytes) && bytes.length > 0 ? bytes : undefined;
}

/** Whatever it throws is said of bytes that came from outside, and means no more than that they are not what they should be. */
async function unlessThrown(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return await work();
  } catch {
    return undefined;
  }
}
