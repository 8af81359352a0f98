// Owns: reading and changing the files below .git/annex/creds: private, replaced whole, other lines kept byte by byte.
// Leaves: their names and lines (shared/p2p/credentials.ts), and that one process at a time changes them (alone.ts).
// git-annex has the same files (its Creds.hs, P2P/Auth.hs), and may be added to the repository later.
import fs from 'node:fs';
import path from 'node:path';
import { formatPeerUrl, networkOf, type PeerAddress, parsePeerUrl, withoutWay } from '../../shared/p2p/address.ts';
import {
  ADDRESSES_FILE,
  type AdmittedToken,
  formatToken,
  MOST_CREDENTIAL_BYTES,
  parseTokens,
  READ_ONLY_TOKENS_FILE,
  type Rights,
  TOKENS_FILE,
  tokenFilesOf,
} from '../../shared/p2p/credentials.ts';
import { parseToken, type Token } from '../../shared/p2p/token.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import { idOfToken } from '../../shared/system/token-id.ts';
import { isOurs, readOwnFile, removeOwnFile, replaceOwnFile } from '../instance/own-file.ts';
import { reasonOf, UserError } from '../user-error.ts';

const PRIVATE_DIRECTORY = 0o700;
/** The longest name of a file that every usual file system has, less what a temporary one has beside. */
const MOST_NAME_BYTES = 240;

const FILE_OF: Readonly<Record<Rights, string>> = { write: TOKENS_FILE, read: READ_ONLY_TOKENS_FILE };

/** In the common git dir. All of it throws a UserError for what is no file of ours, or cannot be written. */
export interface Credentials {
  /** All who are let in. */
  readonly admitted: () => readonly AdmittedToken[];
  readonly admit: (token: AdmittedToken) => void;
  /** By their ids; gives those that there were. */
  readonly shutOut: (tokenIds: readonly string[]) => readonly string[];
  /** Own addresses, as far as they are written down. */
  readonly ownAddresses: () => readonly PeerAddress[];
  /** The token by which this repository is let in there. */
  readonly tokenAt: (address: PeerAddress) => Token | undefined;
  /** Gives what takes it back: then there is again what was there before. */
  readonly keepTokenAt: (address: PeerAddress, token: Token) => () => void;
  /** Whether there was one. */
  readonly forgetTokenAt: (address: PeerAddress) => boolean;
}

export function credentialsIn(commonDir: string): Credentials {
  const directory = path.join(commonDir, 'annex', 'creds');
  const at = (name: string): string => path.join(directory, name);
  const read = (name: string): Buffer | undefined => {
    const found = readOwnFile(at(name), MOST_CREDENTIAL_BYTES);
    if (found.kind === 'odd') throw new UserError(found.why);
    return found.kind === 'read' ? found.content : undefined;
  };
  const textOf = (name: string): string => read(name)?.toString('utf8') ?? '';
  const write = (name: string, content: string | Uint8Array): void => {
    if (content.length > MOST_CREDENTIAL_BYTES) throw new UserError(`${at(name)} would be too large`);
    makeDirectory(directory);
    replaceOwnFile(at(name), content);
  };
  return {
    admitted: () => [
      ...parseTokens(textOf(TOKENS_FILE), 'write'),
      ...parseTokens(textOf(READ_ONLY_TOKENS_FILE), 'read'),
    ],
    admit: (token) => {
      const name = FILE_OF[token.rights];
      write(name, withLine(read(name) ?? Buffer.alloc(0), formatToken(token)));
    },
    shutOut: (tokenIds) =>
      Object.values(FILE_OF).flatMap((name) => {
        const { kept, removed } = withoutTokens(read(name) ?? Buffer.alloc(0), tokenIds);
        if (removed.length > 0) write(name, kept);
        return removed;
      }),
    ownAddresses: () =>
      textOf(ADDRESSES_FILE)
        .split('\n')
        .flatMap((line) => {
          const address = parsePeerUrl(line.replace(/\r$/, ''));
          return 'why' in address ? [] : [address];
        }),
    tokenAt: (address) =>
      namesOf(address)
        .flatMap((name) => parseToken(/^[^\r\n]*/.exec(textOf(name))?.[0] ?? '') ?? [])
        .at(0),
    keepTokenAt: (address, token) => {
      const before = namesOf(address).map((name) => [name, read(name)] as const);
      const takeBack = (): void => {
        for (const [name, content] of before) {
          if (content === undefined) removeOwnFile(at(name));
          else write(name, content);
        }
      };
      return takingBack(takeBack, () => {
        for (const [name] of before) write(name, token);
      });
    },
    forgetTokenAt: (address) => {
      const there = namesOf(address).filter((name) => fs.lstatSync(at(name), { throwIfNoEntry: false }) !== undefined);
      for (const name of there) removeOwnFile(at(name));
      return there.length > 0;
    },
  };
}

function namesOf(address: PeerAddress): readonly string[] {
  const names = tokenFilesOf(address);
  if (names.every((name) => Buffer.byteLength(name) <= MOST_NAME_BYTES)) return names;
  throw new UserError(`an address of ${networkOf(address)} is too long to keep a token for it`);
}

function takingBack(takeBack: () => void, act: () => void): () => void {
  try {
    act();
    return takeBack;
  } catch (error) {
    takeBack();
    throw error;
  }
}

/** Of the same network, in the order in which they are written down. */
export const ownAddressesOn = (credentials: Credentials, network: string): readonly PeerAddress[] =>
  credentials.ownAddresses().filter((address) => networkOf(address) === network);

/**
 * A hidden service is known by its onion address, whatever the port: two would share a token. A node that has moved is
 * the same.
 */
export const isSameAddress = (one: PeerAddress, other: PeerAddress): boolean =>
  one.kind === 'tor' && other.kind === 'tor'
    ? one.onion === other.onion
    : formatPeerUrl(withoutWay(one)) === formatPeerUrl(withoutWay(other));

/** A byte is a character: what others wrote comes out as it went in, whatever it is. */
function withLine(content: Buffer, line: string): Buffer {
  const gap = content.length > 0 && content.at(-1) !== 0x0a ? '\n' : '';
  return Buffer.concat([content, Buffer.from(`${gap}${line}\n`)]);
}

function withoutTokens(content: Buffer, tokenIds: readonly string[]) {
  // The line ends stay with their lines.
  const lines = content.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const idOf = (line: string): string | undefined => {
    const token = parseToken(/^[^ \r\n]*/.exec(line)?.[0] ?? '');
    return token && idOfToken(token);
  };
  const isMeant = (line: string): boolean => tokenIds.includes(idOf(line) ?? '');
  return {
    kept: Buffer.from(lines.filter((line) => !isMeant(line)).join(''), 'latin1'),
    removed: lines.filter(isMeant).flatMap((line) => idOf(line) ?? []),
  };
}

/** `annex` as git-annex makes it, by the umask; what is secret is in a directory that is private whatever that is. */
function makeDirectory(creds: string): void {
  const annex = path.dirname(creds);
  try {
    makeUnlessThere(annex, 0o777);
    if (makeUnlessThere(creds, PRIVATE_DIRECTORY)) fs.chmodSync(creds, PRIVATE_DIRECTORY);
  } catch (error) {
    throw new UserError(`cannot make ${creds}: ${reasonOf(error)}`);
  }
  // A link in a git dir that is ours somebody of ours has made: it is what it leads to that counts.
  for (const [place, found] of [
    [annex, fs.statSync(annex)],
    [creds, fs.lstatSync(creds)],
  ] as const) {
    if (!found.isDirectory()) throw new UserError(`${place} is no directory: remove it`);
    if (!isOurs(found)) throw new UserError(`${place} belongs to another user (uid ${found.uid})`);
  }
}

function makeUnlessThere(at: string, mode: number): boolean {
  try {
    fs.mkdirSync(at, { mode });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}
