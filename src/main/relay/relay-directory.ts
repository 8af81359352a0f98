// Owns: where the sockets of relays may be made, that this is still the same place, and that none is left behind.
// Leaves: the sockets themselves (workers/upload-pack/relay.ts), and which places are safe (instance/safe-place.ts).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { lookAt, ownIdentity } from '../../shared/system/file-identity.ts';
import type { DoneWithout } from '../host/done-without.ts';
import { isOurs, readOwnText, removeOwnFile, replaceOwnFile } from '../instance/own-file.ts';
import { isSafePlace, realPlace } from '../instance/safe-place.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { reasonOf } from '../user-error.ts';

/** A socket's path holds 103 bytes on macOS and the BSDs, 107 on Linux (unix(7)). */
const MOST_PATH_BYTES = 103;
/** Room for a socket's name, the slash before it included. */
export const SOCKET_NAME_BYTES = 16;
const PREFIX = 'git-remote-daemon-';
/** What is done without where there is no place. */
const WHAT = 'relay sockets';
/** A path, and an identity. */
const MOST_NOTE_BYTES = 8192;

export interface RelayDirectory {
  /**
   * Whether a socket may be used: it is in a directory that was made here, is still that, and is where nobody else can
   * change it.
   */
  readonly isOurs: (socket: string) => boolean;
  /**
   * A path for a socket that no other relay ever has, were it another daemon's; undefined: there is no place for it, and
   * fetches go by connections of their own.
   */
  readonly newSocket: () => string | undefined;
  /** Removes it, with the sockets in it. */
  readonly remove: () => void;
}

/**
 * An empty private directory short enough for sockets: where the user has one for such things, as whoever copies a
 * repository has no use for sockets; else in the repository, where that has room. What an earlier daemon left is removed,
 * so it is to be called only while the lock is held; `isInPlace` says whether it still is. Where there is no place that is
 * safe, that is told. One that is taken away, as XDG_RUNTIME_DIR is when its user logs out, is followed by another.
 */
export function prepareRelayDirectory(
  directory: StateDirectory,
  env: NodeJS.ProcessEnv,
  without: Pick<DoneWithout, 'lacks' | 'found'>,
  isInPlace: () => boolean = () => true,
): RelayDirectory {
  removeLeft(directory);
  const log = (text: string): void => without.lacks(WHAT, text);
  const make = (): MadeDirectory | undefined => makeDirectory(directory, env, log, isInPlace);
  let made = make();
  let sockets = 0;
  return {
    isOurs: (socket) => {
      if (made?.isGone()) log(`${made.at} was taken away: fetches log in by themselves until links are made anew`);
      return made !== undefined && path.dirname(socket) === made.at && made.isOurs();
    },
    newSocket: () => {
      if ((made === undefined || made.isGone()) && isInPlace()) made = make();
      sockets += 1;
      // An old daemon whose directory was removed under it closes its sockets by their paths.
      const name = `${process.pid.toString(36)}-${sockets.toString(36)}`;
      if (!made?.isOurs()) return undefined;
      without.found(WHAT);
      return path.join(made.at, name);
    },
    remove: () => made?.remove(),
  };
}

interface MadeDirectory {
  readonly at: string;
  readonly isOurs: () => boolean;
  readonly isGone: () => boolean;
  readonly remove: () => void;
}

function makeDirectory(
  directory: StateDirectory,
  env: NodeJS.ProcessEnv,
  log: (text: string) => void,
  isInPlace: () => boolean,
): MadeDirectory | undefined {
  const { XDG_RUNTIME_DIR: runtime = '' } = env;
  const own = madeElsewhere(directory, [runtime]);
  if (own !== undefined) return own;
  const inside = path.join(directory.path, 'relay');
  try {
    // Whoever can put another directory in the place of the repository's own can do so with its config.
    if (fits(inside)) return madeAt(makeInside(inside), (at) => isInPlace() && isOurDirectory(at));
  } catch (error) {
    log(`no relay for fetches, as ${inside} cannot be used: ${reasonOf(error)}`);
    return undefined;
  }
  const elsewhere = madeElsewhere(directory, [os.tmpdir(), '/tmp']);
  if (elsewhere !== undefined) return elsewhere;
  log('no relay for fetches: the path is too long for sockets, and no place for them elsewhere is safe');
  return undefined;
}

/** What cannot be noted, as on a full disk, nobody would find once this process was killed: it is not used. */
function madeElsewhere(directory: StateDirectory, places: readonly string[]): MadeDirectory | undefined {
  const elsewhere = makeElsewhere(places);
  if (elsewhere === undefined) return undefined;
  try {
    replaceOwnFile(directory.relayElsewhere, `${elsewhere}\n${ownIdentity(elsewhere)}\n`);
  } catch {
    removeSockets(elsewhere);
    return undefined;
  }
  const made = madeAt(elsewhere, isOursAlone);
  return {
    ...made,
    remove: () => {
      made.remove();
      if (elsewhereOf(directory)?.at === elsewhere) removeOwnFile(directory.relayElsewhere);
    },
  };
}

function madeAt(at: string, isSafe: (at: string) => boolean): MadeDirectory {
  const identity = ownIdentity(at);
  const isStillOurs = (): boolean => identity !== undefined && ownIdentity(at) === identity && isSafe(at);
  return {
    at,
    isOurs: isStillOurs,
    isGone: () => lookAt(at).kind === 'gone',
    remove: () => {
      if (isStillOurs()) removeSockets(at);
    },
  };
}

const fits = (at: string): boolean => Buffer.byteLength(at) + SOCKET_NAME_BYTES <= MOST_PATH_BYTES;

/** Made anew, if what is there is anything else, or was open to others. Throws what the system says. */
function makeInside(at: string): string {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (found && !found.isDirectory()) fs.unlinkSync(at);
  else if (found) fs.rmdirSync(at);
  fs.mkdirSync(at, { mode: 0o700 });
  fs.chmodSync(at, 0o700);
  return at;
}

function makeElsewhere(places: readonly string[]): string | undefined {
  for (const named of places) {
    const place = realPlace(named);
    if (place === undefined || !fits(path.join(place, `${PREFIX}XXXXXX`)) || !isSafePlace(place)) continue;
    try {
      const made = fs.mkdtempSync(path.join(place, PREFIX));
      fs.chmodSync(made, 0o700);
      return made;
    } catch {
      // Not ours to write to: the next place is tried.
    }
  }
  return undefined;
}

/** Removes the directory that a daemon which was killed made for its sockets. */
function removeLeft(directory: StateDirectory): void {
  const inside = path.join(directory.path, 'relay');
  if (isOurDirectory(inside)) removeSockets(inside);
  const left = elsewhereOf(directory);
  if (left && ownIdentity(left.at) === left.identity && isOursAlone(left.at)) removeSockets(left.at);
  removeOwnFile(directory.relayElsewhere);
}

interface Left {
  readonly at: string;
  readonly identity: string;
}

function elsewhereOf(directory: StateDirectory): Left | undefined {
  const [at = '', identity = ''] = (readOwnText(directory.relayElsewhere, MOST_NOTE_BYTES) ?? '').split('\n');
  // Only a name that makeElsewhere gives is ever removed.
  return path.isAbsolute(at) && path.basename(at).startsWith(PREFIX) ? { at, identity } : undefined;
}

function isOurDirectory(at: string): boolean {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  return found?.isDirectory() === true && isOurs(found);
}

/** Also whether all above it are such that nobody else can put another in its place. */
const isOursAlone = (at: string): boolean => isOurDirectory(at) && isSafePlace(at);

/** Removes a directory of ours and the sockets in it; anything else in it is left, and then the directory stays too. */
function removeSockets(at: string): void {
  try {
    for (const entry of fs.readdirSync(at, { withFileTypes: true })) {
      if (entry.isSocket()) fs.unlinkSync(path.join(at, entry.name));
    }
    fs.rmdirSync(at);
  } catch {
    // Something else is in it, or it is gone: it does no harm there.
  }
}
