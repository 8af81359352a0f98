// Owns: a private directory for a repository whose file system cannot hold what is kept for it, and the note there that leads to it.
// Leaves: what such a file system cannot hold (state-directory.ts, place.ts), and what is kept.
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { homeHere } from '../../shared/system/home.ts';
import { makeDirectories } from '../../shared/system/make-directories.ts';
import { reasonOf, UserError } from '../user-error.ts';
import { isOurs, makeOwnFile, readOwnText, removeOwnFile } from './own-file.ts';
import { isSafePlace, realPlace } from './safe-place.ts';

const PREFIX = 'git-remote-daemon-';
const KEY_DIGITS = 16;
const PRIVATE_DIRECTORY = 0o700;
const OTHERS_MAY = 0o077;
/** A path, and a name for the note. */
const MOST_NOTE_BYTES = 8192;

/**
 * Where a note leads; undefined: there is none, or not to a directory of this repository that is ours alone. What it says
 * is looked at, not believed: others may be able to write where there are no modes.
 */
export function placeNoted(note: string, commonDir: string): string | undefined {
  const [at = ''] = (readOwnText(note, MOST_NOTE_BYTES) ?? '').split('\n');
  const isItsName = path.isAbsolute(at) && path.basename(at) === nameFor(commonDir);
  return isItsName && isOursAlone(at) ? at : undefined;
}

/** What is in a note, by which it is told from another of the same place. */
export const noteText = (note: string): string | undefined => readOwnText(note, MOST_NOTE_BYTES);

/** The place that is noted, or a new one, which is noted. Throws a UserError where there is none. */
export function goElsewhere(note: string, commonDir: string, env: NodeJS.ProcessEnv): string {
  const noted = placeNoted(note, commonDir);
  if (noted !== undefined) return noted;
  const at = makePlace(commonDir, env);
  removeOwnFile(note);
  const descriptor = makeOwnFile(note, fs.constants.O_WRONLY);
  // Another was faster, who may have found another place.
  if (descriptor === undefined) return placeNoted(note, commonDir) ?? at;
  try {
    fs.writeSync(descriptor, `${at}\n${randomUUID()}\n`);
  } finally {
    fs.closeSync(descriptor);
  }
  return at;
}

function makePlace(commonDir: string, env: NodeJS.ProcessEnv): string {
  const name = nameFor(commonDir);
  let why = 'set XDG_RUNTIME_DIR';
  for (const parent of parents(env)) {
    const at = path.join(parent, name);
    try {
      // Looked at before as well: under sudo the home is another's, to whom what root makes there is in the way.
      if (isSafePlace(nearestTo(at))) {
        makeDirectories(at, PRIVATE_DIRECTORY);
        fs.chmodSync(at, PRIVATE_DIRECTORY);
        if (isOursAlone(at)) return at;
      }
      why = `${at} can be changed by others`;
    } catch (error) {
      why = `cannot make ${at}: ${reasonOf(error)}`;
    }
  }
  throw new UserError(
    `the file system of ${commonDir} cannot hold what is kept for it, and no other place is safe: ${why}`,
  );
}

/** The directory itself, or the first above it that is there. */
const nearestTo = (at: string): string => (fs.existsSync(at) ? at : nearestTo(path.dirname(at)));

/** The last is for programs that are started with next to no environment. */
function parents({ XDG_RUNTIME_DIR: runtime = '', XDG_STATE_HOME: state, HOME: home }: NodeJS.ProcessEnv): string[] {
  const ofHome = path.join(homeHere(home), '.local', 'state');
  return [runtime, state ?? ofHome, os.tmpdir()].filter(path.isAbsolute).map((named) => realPlace(named) ?? named);
}

/** By the path, since inodes have no lasting numbers on such file systems. */
function nameFor(commonDir: string): string {
  const digest = createHash('sha256').update(realPlace(commonDir) ?? commonDir);
  return PREFIX + digest.digest('hex').slice(0, KEY_DIGITS);
}

function isOursAlone(at: string): boolean {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (!found?.isDirectory() || !isOurs(found) || (found.mode & OTHERS_MAY) !== 0) return false;
  return isSafePlace(at);
}
