// Owns: the folder of this user in which compiled code is kept from one process to the next, for all repositories.
// Leaves: the files in it (code-cache.ts).
import path from 'node:path';
import { makeDirectories } from '../../shared/system/make-directories.ts';
import { isSafePlace, realPlace } from '../instance/safe-place.ts';
import { reasonOf, UserError } from '../user-error.ts';

const PRIVATE_DIRECTORY = 0o700;
const NAME = 'git-remote-daemon';

/**
 * Absolute, without links in it. Undefined where there is none, or where another account could put something into it:
 * what is there is run. Never throws.
 */
export function findCacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const above = placeAbove(env);
  return above && safePlace(path.join(above, NAME));
}

/**
 * The same, made if it is not there yet, but for what is above `~/.cache`. In a place that is not safe nothing is made:
 * under sudo the home is another's, who could not write to a `~/.cache` of root's. Throws a UserError where that cannot be.
 */
export function makeCacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  const above = placeAbove(env);
  if (above === undefined) return undefined;
  let folder = safePlace(path.dirname(above));
  for (const name of [path.basename(above), NAME]) folder &&= makeIn(folder, name);
  return folder;
}

/** As the XDG Base Directory Specification has it: a relative path is as none. */
function placeAbove({ XDG_CACHE_HOME = '', HOME = '' }: NodeJS.ProcessEnv): string | undefined {
  if (path.isAbsolute(XDG_CACHE_HOME)) return path.resolve(XDG_CACHE_HOME);
  return path.isAbsolute(HOME) ? path.join(HOME, '.cache') : undefined;
}

function makeIn(folder: string, name: string): string | undefined {
  const at = path.join(folder, name);
  try {
    makeDirectories(at, PRIVATE_DIRECTORY);
  } catch (error) {
    throw new UserError(`cannot make ${at}: ${reasonOf(error)}`);
  }
  return safePlace(at);
}

function safePlace(named: string): string | undefined {
  const at = realPlace(named);
  try {
    return at !== undefined && isSafePlace(at) ? at : undefined;
  } catch {
    // A directory above it cannot be looked at.
    return undefined;
  }
}
