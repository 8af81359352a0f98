// Owns: the directory in which all that the daemon keeps is: its paths, its privacy.
// Leaves: its files (own-file.ts), what is in them (pid-file.ts, status-file.ts, log/log.ts), and relay sockets (relay/relay-directory.ts).
import fs from 'node:fs';
import path from 'node:path';
import { errorCode } from '../../shared/system/error-code.ts';
import { accountName, ownAccount, whyForeign } from '../../shared/system/ownership.ts';
import { reasonOf, UserError } from '../user-error.ts';
import { goElsewhere, noteText, placeNoted } from './elsewhere.ts';
import { isOurs, refuseDirectory } from './own-file.ts';

/** Paths, all absolute. */
export interface StateDirectory {
  readonly path: string;
  /** The git dir that it is for. */
  readonly commonDir: string;
  /** The note in the repository that leads to it; absent: it is there itself. */
  readonly note?: string;
  readonly lock: string;
  readonly pid: string;
  /** What else is to be known of that process. */
  readonly process: string;
  readonly control: string;
  readonly events: string;
  /** The process group of each git operation that runs. */
  readonly running: string;
  readonly status: string;
  /** Where a command asks the daemon for something, and is answered. */
  readonly requests: string;
  /** What happened, as JSON lines. */
  readonly journal: string;
  readonly log: string;
  readonly secrets: string;
  /**
   * Which peers there are, and when each was last here: always in the repository, as XDG_RUNTIME_DIR is gone after a boot.
   * No secret is in them.
   */
  readonly peers: string;
  readonly peersSeen: string;
  readonly peersLock: string;
  /** Remembers a directory for relay sockets that is elsewhere. */
  readonly relayElsewhere: string;
  /** The note that leads to the named pipes, where this directory cannot hold them. */
  readonly pipesElsewhere: string;
}

const PRIVATE_DIRECTORY = 0o700;
const OTHERS_MAY = 0o077;

const inside = (commonDir: string): string => path.resolve(commonDir, 'remote-daemon');
const noteIn = (commonDir: string): string => path.join(inside(commonDir), 'elsewhere');

/** Where things are in the repository itself, whether the directory exists or not. */
export function stateDirectory(commonDir: string): StateDirectory {
  return stateDirectoryAt(inside(commonDir), commonDir);
}

function stateDirectoryAt(at: string, commonDir: string): StateDirectory {
  return {
    path: at,
    commonDir,
    lock: path.join(at, 'lock'),
    pid: path.join(at, 'pid'),
    process: path.join(at, 'process.json'),
    control: path.join(at, 'control'),
    events: path.join(at, 'events'),
    running: path.join(at, 'running'),
    status: path.join(at, 'state.json'),
    requests: path.join(at, 'status'),
    journal: path.join(at, 'events.jsonl'),
    log: path.join(at, 'daemon.log'),
    secrets: path.join(at, 'secrets.ini'),
    peers: path.join(inside(commonDir), 'peers.json'),
    peersSeen: path.join(inside(commonDir), 'peers-seen.json'),
    peersLock: path.join(at, 'peers-lock'),
    relayElsewhere: path.join(at, 'relay-elsewhere'),
    pipesElsewhere: path.join(at, 'pipes-elsewhere'),
  };
}

/** That of a repository which cannot hold one: made, if it is not there yet. Throws a UserError. */
export function prepareElsewhere(commonDir: string, env: NodeJS.ProcessEnv): StateDirectory {
  const note = noteIn(commonDir);
  const directory = { ...stateDirectoryAt(goElsewhere(note, commonDir, env), commonDir), note };
  refuseDirectories(directory);
  return directory;
}

/**
 * Makes the directory, private whatever the umask, and elsewhere where the file system keeps no modes. Throws a UserError if
 * it cannot, if the one there is not safe, or if the repository is somebody else's.
 */
export function prepareStateDirectory(commonDir: string, env: NodeJS.ProcessEnv = process.env): StateDirectory {
  refuseForeign(commonDir);
  if (placeNoted(noteIn(commonDir), commonDir) !== undefined) return prepareElsewhere(commonDir, env);
  const directory = stateDirectory(commonDir);
  try {
    fs.mkdirSync(directory.path, { mode: PRIVATE_DIRECTORY });
    // A umask such as 0277 would leave less than is needed.
    makePrivate(directory.path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw new UserError(`cannot make ${directory.path}: ${reasonOf(error)}`);
  }
  if (isOurOpenDirectory(directory.path) && !keepsModes(commonDir)) return prepareElsewhere(commonDir, env);
  checkPrivate(directory.path);
  refuseDirectories(directory);
  return directory;
}

function makePrivate(at: string): void {
  try {
    fs.chmodSync(at, PRIVATE_DIRECTORY);
  } catch {
    // A file system that keeps no modes; what it made of this one is looked at next.
  }
}

function isOurOpenDirectory(at: string): boolean {
  const found = fs.lstatSync(at);
  return found.isDirectory() && isOurs(found) && (found.mode & OTHERS_MAY) !== 0;
}

/** Found out by trying: FAT, CIFS or drvfs may keep them or not, as they were mounted. Throws a UserError. */
function keepsModes(commonDir: string): boolean {
  try {
    const tried = fs.mkdtempSync(path.join(commonDir, 'remote-daemon-'));
    try {
      makePrivate(tried);
      return (fs.lstatSync(tried).mode & OTHERS_MAY) === 0;
    } finally {
      fs.rmdirSync(tried);
    }
  } catch (error) {
    throw new UserError(`cannot make a directory in ${commonDir}: ${reasonOf(error)}`);
  }
}

/** Where a file is to be: whatever else is there is refused or replaced when its turn comes (own-file.ts). */
function refuseDirectories({ path: _, commonDir: __, log, journal, ...files }: StateDirectory): void {
  const rotated = [log, journal].flatMap((file) => [file, predecessorOf(file)]);
  for (const file of [...rotated, ...Object.values(files)]) refuseDirectory(file);
}

/** Of a file that is rotated: what there was before. */
export const predecessorOf = (log: string): string => `${log}.1`;

/** The directory of a daemon that runs or has run here, or undefined. Throws a UserError if it is not safe to use. */
export function findStateDirectory(commonDir: string): StateDirectory | undefined {
  const directory = stateDirectory(commonDir);
  if (fs.lstatSync(directory.path, { throwIfNoEntry: false }) === undefined) return undefined;
  refuseForeign(commonDir);
  const note = noteIn(commonDir);
  const noted = placeNoted(note, commonDir);
  if (noted !== undefined) return { ...stateDirectoryAt(noted, commonDir), note };
  // It led to one that is gone, as XDG_RUNTIME_DIR is after a boot: what can hold no more than the note is as it must be.
  if (noteText(note) !== undefined && isOurOpenDirectory(directory.path)) return undefined;
  checkPrivate(directory.path);
  return directory;
}

/**
 * `safe.directory`, and git's leave for sudo, say that a repository may be read without harm: what another user writes
 * there is in its owner's way all the same.
 */
function refuseForeign(commonDir: string): void {
  const why = whyForeign(commonDir);
  if (why !== undefined) throw new UserError(why);
}

/** Refuses a directory through which somebody else could give orders, or read what is written there. */
export function checkPrivate(at: string): void {
  const found = fs.lstatSync(at);
  if (found.isSymbolicLink()) throw new UserError(`${at} is a symbolic link: remove it`);
  if (!found.isDirectory()) throw new UserError(`${at} is no directory: remove it`);
  if (!isOurs(found)) {
    const owner = accountName(found.uid) ?? `uid ${found.uid}`;
    throw new UserError(`${at} belongs to ${owner}: have it given to you (chown -R ${ownAccount()}), or removed`);
  }
  if (found.mode & OTHERS_MAY) throw new UserError(`${at} is open to other users: chmod 700 it`);
}
