// Owns: the token by which this repository is let in at a peer, read anew each time.
// Leaves: who puts it there (main/peers, `git annex p2p`), and what the file is called (shared/p2p/credentials.ts).
// git-annex: P2P/Auth.hs, loadP2PRemoteAuthToken.
import { join } from 'node:path';
import { DaemonError } from '../../../shared/failures.ts';
import { formatPeerUrl, type PeerAddress } from '../../../shared/p2p/address.ts';
import { MOST_CREDENTIAL_BYTES, tokenFilesOf } from '../../../shared/p2p/credentials.ts';
import { parseToken, type Token } from '../../../shared/p2p/token.ts';
import { printable } from '../../../shared/printable.ts';
import { readRegularFile } from '../../../shared/system/read-regular-file.ts';

/** Beats the file, for all peers. */
const VARIABLE = 'GIT_ANNEX_P2P_AUTHTOKEN';

export interface TokenPlace {
  /** The common git dir. */
  readonly gitDir: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Throws a DaemonError (`auth-refused`) that says what to do where there is none. */
export function readToken(address: PeerAddress, { gitDir, environment }: TokenPlace): Token {
  const given = environment[VARIABLE];
  if (given !== undefined) return tokenIn(given, `the variable ${VARIABLE}`);
  for (const name of tokenFilesOf(address)) {
    const file = join(gitDir, 'annex', 'creds', name);
    const read = readRegularFile(file, { mostBytes: MOST_CREDENTIAL_BYTES });
    if (read.kind === 'read') return tokenIn(new TextDecoder().decode(read.bytes), file);
    if (read.kind !== 'gone')
      throw new DaemonError('auth-refused', `${printable(file)} cannot be read: make it a plain file`);
  }
  const who = printable(formatPeerUrl(address));
  throw new DaemonError(
    'auth-refused',
    `no token for ${who}: get an invitation, and take it with git remote-daemon peer accept`,
  );
}

function tokenIn(text: string, where: string): Token {
  const token = parseToken(text.split(/\r?\n/, 1)[0] ?? '');
  if (token) return token;
  throw new DaemonError(
    'auth-refused',
    `${printable(where)} holds no token in its first line: ask for a new invitation`,
  );
}
