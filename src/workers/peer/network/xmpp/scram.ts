// Owns: the costly step of logging in by SCRAM-SHA-1, done by Node's own crypto, and how much of it a server may ask for.
// Leaves: every other step, and PLAIN, to the library (library.ts).
import { pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { DaemonError } from '../../../../shared/failures.ts';

interface Credentials {
  readonly username: string;
  readonly password: string;
  /** What the password comes to with this salt, where that is known already. */
  readonly salt?: Uint8Array;
  readonly saltedPassword?: Uint8Array;
}

/** The library's, of one login. */
export interface Mechanism {
  readonly name: string;
  response: (credentials: Credentials) => string | Promise<string>;
  /** What is answered next, and what the server has asked for. */
  readonly _stage?: 'initial' | 'challenge' | 'final';
  readonly _salt?: Uint8Array;
  readonly _iterationCount?: number;
}

export interface Mechanisms {
  create: (names: readonly string[]) => Mechanism | null;
}

/** Servers ask for 4096 to some hundred thousands; so many take about a second, in a thread of Node's. */
export const MOST_ROUNDS = 2_000_000;
const SHA1_BYTES = 20;

/**
 * The library's own takes a second of processor time for what takes a few milliseconds so, in a thread that has other
 * remotes to see to, and as long as a server likes. It takes the outcome where it is told it, with the salt that it is of.
 */
export function useQuickScram(mechanisms: Mechanisms): void {
  const create = mechanisms.create.bind(mechanisms);
  mechanisms.create = (names) => {
    const mechanism = create(names);
    return mechanism?.name === 'SCRAM-SHA-1' ? quick(mechanism) : mechanism;
  };
}

function quick(mechanism: Mechanism): Mechanism {
  const response = mechanism.response.bind(mechanism);
  mechanism.response = async (credentials) => {
    const { _salt: salt, _iterationCount: rounds } = mechanism;
    if (salt === undefined || rounds === undefined || mechanism._stage !== 'challenge') return response(credentials);
    const saltedPassword = await saltPassword(credentials.password, salt, rounds);
    return response({ ...credentials, salt, saltedPassword });
  };
  return mechanism;
}

/** RFC 5802's `Hi`. Throws a DaemonError where the server asks for what is no number of rounds, or for too many. */
export async function saltPassword(password: string, salt: Uint8Array, rounds: number): Promise<Uint8Array> {
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= MOST_ROUNDS))
    throw new DaemonError(
      'remote-error',
      `the server asks for ${rounds} rounds of hashing, and not for 1 to ${MOST_ROUNDS}`,
    );
  return new Uint8Array(await promisify(pbkdf2)(password, salt, rounds, SHA1_BYTES, 'sha1'));
}
