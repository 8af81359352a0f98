// Owns: whether a directory, and each one above it, is such that no other account can put something else in its place.
// Leaves: what is made there (elsewhere.ts, relay/relay-directory.ts).
import fs from 'node:fs';
import path from 'node:path';
import { isOurs } from './own-file.ts';

const ROOT_UID = 0;
const OTHERS_MAY_WRITE = 0o022;
const STICKY = 0o1000;

export type DirectoryFacts = Pick<fs.Stats, 'uid' | 'mode'>;

/** As many as Linux follows. */
const MOST_LINKS = 40;

/** The path of a directory without links in it; undefined where that is none, or a link of another account's leads there. */
export function realPlace(named: string): string | undefined {
  try {
    return path.isAbsolute(named) ? followed(path.resolve(named), MOST_LINKS) : undefined;
  } catch {
    // It is not there, or cannot be reached.
    return undefined;
  }
}

/**
 * Where others may make links, as in /tmp, one may lead to a directory of ours with what they gave us in it, such as a
 * repository of theirs that we have cloned.
 */
function followed(at: string, mostLinks: number): string | undefined {
  const above = path.dirname(at);
  if (above === at) return at;
  const folder = followed(above, mostLinks);
  if (folder === undefined) return undefined;
  const here = path.join(folder, path.basename(at));
  const found = fs.lstatSync(here);
  if (!found.isSymbolicLink()) return here;
  if (mostLinks === 0 || !isTrusted(found)) return undefined;
  return followed(path.resolve(folder, fs.readlinkSync(here)), mostLinks - 1);
}

/** `at`: absolute, without links in it, as realPlace gives it. */
export function isSafePlace(at: string): boolean {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (!found?.isDirectory() || !isSafeDirectory(found)) return false;
  const above = path.dirname(at);
  return above === at || isSafePlace(above);
}

/**
 * Who owns a directory may rename what is in it, and give himself the right to write there; so may who can write there
 * already, unless it is sticky: then each renames only what is his own.
 */
export function isSafeDirectory(found: DirectoryFacts): boolean {
  if (!isTrusted(found)) return false;
  return (found.mode & OTHERS_MAY_WRITE) === 0 || (found.mode & STICKY) !== 0;
}

const isTrusted = (found: Pick<fs.Stats, 'uid'>): boolean => isOurs(found) || found.uid === ROOT_UID;
