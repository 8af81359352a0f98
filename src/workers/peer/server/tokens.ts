// Owns: the tokens that let in here, as their files say at this moment.
// Leaves: what is in the files (shared/p2p/credentials.ts), who writes them (main/peers, git-annex), who is let in (door.ts).
import fs from 'node:fs';
import path from 'node:path';
import { keepSecret } from '../../../shared/kept-secrets.ts';
import type { PeerAddress } from '../../../shared/p2p/address.ts';
import {
  type AdmittedToken,
  admitted,
  MOST_CREDENTIAL_BYTES,
  parseTokens,
  READ_ONLY_TOKENS_FILE,
  type Rights,
  TOKENS_FILE,
} from '../../../shared/p2p/credentials.ts';
import type { Token } from '../../../shared/p2p/token.ts';
import { printable } from '../../../shared/printable.ts';
import { meaningOf } from '../../../shared/system/errno.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import { readRegularFile } from '../../../shared/system/read-regular-file.ts';
import { idOfToken } from '../../../shared/system/token-id.ts';

export interface Tokens {
  /** What a token may at that own address, which is then shown nowhere; undefined: it lets nobody in. */
  readonly find: (given: Token, at: PeerAddress) => FoundToken | undefined;
  /** As the files are now, the rights of those that were found before; the same function as long as these say the same. */
  readonly rightsNow: () => RightsOf;
}

export type RightsOf = (tokenId: string, at: PeerAddress) => Rights | undefined;

export interface FoundToken {
  readonly tokenId: string;
  readonly rights: Rights;
}

/** Below the git dir. */
export const CREDENTIALS = path.join('annex', 'creds');

const FILES: readonly (readonly [string, Rights])[] = [
  [TOKENS_FILE, 'write'],
  [READ_ONLY_TOKENS_FILE, 'read'],
];

const OTHERS_MAY_WRITE = 0o022;

/** Reads the files anew at each call, as far as they have changed. `log`: why one is not read, once for each reason. */
export function createTokens(gitDir: string, log: (text: string) => void): Tokens {
  const files = FILES.map(([name, rights]) => tokensIn(path.join(gitDir, CREDENTIALS, name), rights, log));
  let last: { readonly lists: readonly (readonly KnownToken[])[]; readonly rightsOf: RightsOf } = {
    lists: [],
    rightsOf: () => undefined,
  };
  const all = (): readonly KnownToken[] => files.flatMap((read) => read());
  return {
    find: (given, at) => {
      const found = admitted(all(), given, at);
      if (found === undefined) return undefined;
      keepSecret(found.token);
      return { tokenId: idOfToken(found.token), rights: found.rights };
    },
    rightsNow: () => {
      const lists = files.map((read) => read());
      if (lists.every((list, at) => list === last.lists[at])) return last.rightsOf;
      const known = lists.flat();
      const byId = new Map(known.map((each) => [each.id, each.token]));
      const rightsOf: RightsOf = (tokenId, at) => {
        const token = byId.get(tokenId);
        return token && admitted(known, token, at)?.rights;
      };
      last = { lists, rightsOf };
      return rightsOf;
    },
  };
}

interface KnownToken extends AdmittedToken {
  readonly id: string;
}

interface Known {
  readonly stamp?: string;
  readonly tokens: readonly KnownToken[];
}

const NONE: Known = { tokens: [] };

function tokensIn(file: string, rights: Rights, log: (text: string) => void): () => readonly KnownToken[] {
  let known: Known = NONE;
  let said = '';
  const none = (why: string): Known => {
    if (why !== said && why !== '') log(`${printable(file)} is not read: ${why}`);
    said = why;
    return NONE;
  };
  const read = (): Known => {
    const odd = oddOwner(file);
    if (odd !== undefined) return none(odd);
    const found = readRegularFile(file, {
      ...{ mostBytes: MOST_CREDENTIAL_BYTES, follow: false },
      ...(known.stamp !== undefined && { unless: known.stamp }),
    });
    switch (found.kind) {
      case 'same':
        return known;
      case 'read':
        said = '';
        return { stamp: found.stamp, tokens: withIds(parseTokens(new TextDecoder().decode(found.bytes), rights)) };
      case 'gone':
        return none('');
      case 'unreadable':
        // What the system cannot do just now says nothing of who is let in.
        return meaningOf(found.code) === 'passes' ? known : none(found.code);
      case 'odd':
        return none(`it is ${found.what}`);
      default:
        return none(found.kind === 'directory' ? 'it is a directory' : 'it is too big');
    }
  };
  return () => {
    known = read();
    return known.tokens;
  };
}

const withIds = (tokens: readonly AdmittedToken[]): KnownToken[] =>
  tokens.map((each) => ({ ...each, id: idOfToken(each.token) }));

/** Whoever could write it could let himself in. */
function oddOwner(file: string): string | undefined {
  try {
    const found = fs.lstatSync(file);
    if (found.isSymbolicLink()) return 'it is a symbolic link';
    if (found.uid !== 0 && found.uid !== process.getuid?.()) return 'it belongs to another account';
    return (found.mode & OTHERS_MAY_WRITE) === 0 ? undefined : 'others may write it';
  } catch (error) {
    // What is wrong with it is told by reading it.
    return errorCode(error) === undefined ? String(error) : undefined;
  }
}
