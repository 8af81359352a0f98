// Owns: the daemon's own files: each a regular file of ours, never reached through a link, never waited for, never another's.
// Leaves: which files there are (state-directory.ts), what is in them (whoever asks), and named pipes (host/fifo.ts).
import fs from 'node:fs';
import { errorCode } from '../../shared/system/error-code.ts';
import { reasonOf, UserError } from '../user-error.ts';

const PRIVATE_FILE = 0o600;
const OTHERS_MAY = 0o077;

/** A path that ends so is tried again by a new file: two processes made or removed it at the same moment. */
const MOST_TRIES = 10;

export interface OwnFile {
  readonly descriptor: number;
  /** It has another name, maybe far from here (a hard link): not to be written, nor its mode to be changed. */
  readonly hasOtherNames: boolean;
}

/**
 * Opens what is there, as it is; undefined: nothing is. `flags`: those of open(2), none that makes a file. Throws a
 * UserError, which says what it is, for all that is no regular file of ours.
 */
export function openIfThere(at: string, flags: number): OwnFile | undefined {
  const seen = fs.lstatSync(at, { throwIfNoEntry: false });
  if (seen === undefined) return undefined;
  // Before it is opened: a device may act on that alone.
  refuseOdd(at, seen);
  let descriptor: number;
  try {
    descriptor = fs.openSync(at, flags | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new UserError(`cannot open ${at}: ${reasonOf(error)}`);
  }
  try {
    const found = fs.fstatSync(descriptor);
    refuseOdd(at, found);
    return { descriptor, hasOtherNames: found.nlink > 1 };
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

/** Closes an open file of ours to others. */
export function closeToOthers(descriptor: number): void {
  try {
    fs.fchmodSync(descriptor, PRIVATE_FILE);
  } catch {
    // A file system that keeps no modes: then its directory is private, else it would not be there (state-directory.ts).
  }
}

/** Makes a private file, whatever the umask; undefined: something is there. Throws a UserError. */
export function makeOwnFile(at: string, flags: number): number | undefined {
  const { O_CREAT, O_EXCL, O_NOFOLLOW } = fs.constants;
  try {
    const descriptor = fs.openSync(at, flags | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE_FILE);
    closeToOthers(descriptor);
    return descriptor;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw new UserError(`cannot open ${at}: ${reasonOf(error)}`);
  }
}

/**
 * Opens a private file to be written, made if there is none. One with another name loses this one, and is made anew; one
 * that is open to others is closed to them. Throws a UserError for what is no file of ours.
 */
export function openOwnFile(at: string, flags: number): number {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const found = openIfThere(at, flags);
    if (found && !found.hasOtherNames) {
      if (fs.fstatSync(found.descriptor).mode & OTHERS_MAY) closeToOthers(found.descriptor);
      return found.descriptor;
    }
    if (found) {
      fs.closeSync(found.descriptor);
      removeOwnFile(at);
    }
    const made = makeOwnFile(at, flags);
    if (made !== undefined) return made;
  }
  throw new UserError(`cannot open ${at}: it comes and goes`);
}

export type OwnContent =
  | {
      readonly kind: 'read';
      readonly content: Buffer;
      readonly mode: number;
      readonly hasOtherNames: boolean;
    }
  | { readonly kind: 'missing' }
  /** Not read; `why` is what it is instead of a file of ours, and what to do. */
  | { readonly kind: 'odd'; readonly why: string };

/** Reads a file whole, if it holds no more than so many bytes. Another name does no harm to one that only reads. */
export function readOwnFile(at: string, mostBytes: number): OwnContent {
  try {
    const found = openIfThere(at, fs.constants.O_RDONLY);
    if (found === undefined) return { kind: 'missing' };
    try {
      const { size, mode } = fs.fstatSync(found.descriptor);
      if (size > mostBytes) return { kind: 'odd', why: `${at} is too large: remove it` };
      const content = fs.readFileSync(found.descriptor);
      return { kind: 'read', content, mode, hasOtherNames: found.hasOtherNames };
    } finally {
      fs.closeSync(found.descriptor);
    }
  } catch (error) {
    return { kind: 'odd', why: error instanceof UserError ? error.message : `cannot read ${at}: ${reasonOf(error)}` };
  }
}

/** What is in a small file of text; undefined where there is none that is ours. */
export function readOwnText(at: string, mostBytes: number): string | undefined {
  const found = readOwnFile(at, mostBytes);
  return found.kind === 'read' ? found.content.toString('utf8') : undefined;
}

/** Writes a private file whole, in the place of whatever is there: a reader sees the old content or the new. Throws a UserError. */
export function replaceOwnFile(at: string, content: string | Uint8Array): void {
  const temporary = `${at}.${process.pid}.new`;
  removeOwnFile(temporary);
  try {
    const descriptor = makeOwnFile(temporary, fs.constants.O_WRONLY);
    if (descriptor === undefined) throw new UserError(`cannot write ${at}: ${temporary} is in the way`);
    try {
      fs.writeFileSync(descriptor, content);
    } finally {
      fs.closeSync(descriptor);
    }
    fs.renameSync(temporary, at);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    refuseDirectory(at);
    throw error instanceof UserError ? error : new UserError(`cannot write ${at}: ${reasonOf(error)}`);
  }
}

/** Removes the name, whatever it leads to; nothing there is as good. Throws a UserError for a directory. */
export function removeOwnFile(at: string): void {
  try {
    fs.unlinkSync(at);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return;
    refuseDirectory(at);
    throw new UserError(`cannot remove ${at}: ${reasonOf(error)}`);
  }
}

/** What no file can take the place of. Throws a UserError. */
export function refuseDirectory(at: string): void {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new UserError(`${at} is a directory: remove it`);
}

/** Whether it belongs to the account by which this process acts. */
export const isOurs = ({ uid }: { readonly uid: number }): boolean => uid === process.geteuid?.();

function refuseOdd(at: string, found: fs.Stats): void {
  const kind = kindOf(found);
  if (kind !== undefined) throw new UserError(`${at} is ${kind}: remove it`);
  if (!isOurs(found)) throw new UserError(`${at} belongs to another user (uid ${found.uid}): remove it`);
}

function kindOf(found: fs.Stats): string | undefined {
  if (found.isFile()) return undefined;
  if (found.isSymbolicLink()) return 'a symbolic link';
  if (found.isDirectory()) return 'a directory';
  if (found.isFIFO()) return 'a named pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}
