// Owns: the folder of this user in which compiled code is kept from one process to the next, for all repositories.
// Leaves: the files in it (code-cache.ts).
import fs from 'node:fs';
import path from 'node:path';
import { isSafePlace, realPlace } from '../instance/safe-place.ts';

const PRIVATE_DIRECTORY = 0o700;
const NAME = 'git-remote-daemon';

/**
 * Absolute, without links in it. Undefined where there is none, or where another account could put something into it:
 * what is there is run. Never throws.
 */
export function findCacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const above = placeAbove(env);
  const folder = above && realPlace(path.join(above, NAME));
  return folder !== undefined && isSafe(folder) ? folder : undefined;
}

/** The same, made if it is not there yet; nothing is made in a home that is not there. Throws where that cannot be. */
export function makeCacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const above = placeAbove(env);
  if (above === undefined || realPlace(path.dirname(above)) === undefined) return undefined;
  for (const folder of [above, path.join(above, NAME)]) {
    if (!fs.existsSync(folder)) fs.mkdirSync(folder, { mode: PRIVATE_DIRECTORY, recursive: true });
  }
  return findCacheFolder(env);
}

/** As the XDG Base Directory Specification has it: a relative path is as none. */
function placeAbove({ XDG_CACHE_HOME = '', HOME = '' }: NodeJS.ProcessEnv): string | undefined {
  if (path.isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  return path.isAbsolute(HOME) ? path.join(HOME, '.cache') : undefined;
}

function isSafe(folder: string): boolean {
  try {
    return isSafePlace(folder);
  } catch {
    // A directory above it cannot be looked at.
    return false;
  }
}
