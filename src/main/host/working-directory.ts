// Owns: the directory that this process stands in: where it was started, and where a daemon goes from there.
// Leaves: which repository that is (config/repository.ts, commands/this-repository.ts).
import path from 'node:path';
import { errorCode } from '../../shared/system/error-code.ts';
import { whyUnnamable } from '../../shared/system/path-text.ts';
import { reasonOf, UserError } from '../user-error.ts';

/** Where the user is. Throws a UserError where that was removed, or has no name that Node can say. */
export function workingDirectory(): string {
  const here = tryToNameIt();
  const why = whyUnnamable(here);
  if (why !== undefined) throw new UserError(why);
  return here;
}

function tryToNameIt(): string {
  try {
    return process.cwd();
  } catch (error) {
    const why = errorCode(error) === 'ENOENT' ? 'was removed' : `cannot be used (${reasonOf(error)})`;
    throw new UserError(`the directory that this was started in ${why}: cd to another one`);
  }
}

/**
 * Where a daemon stands, that is, what it asks the system for by paths that are not absolute, and what its threads need:
 * none starts in a directory that was removed. A linked work tree, or a folder of one, may be; so git's own place it is,
 * the top of the main work tree, where that lasts as long as the repository, else the repository itself.
 */
export function lastingDirectory({ top, commonDir }: { readonly top: string; readonly commonDir: string }): string {
  const fromTop = path.relative(top, commonDir);
  return fromTop === '..' || fromTop.startsWith(`..${path.sep}`) ? commonDir : top;
}
