// Owns: which repository a command that only talks to the daemon means, and where the daemon keeps its files there.
// Leaves: all else about the repository (main/config/repository.ts), which the daemon itself needs; finding it without git (find-git-dir.ts).
import path from 'node:path';
import { whyUnnamable } from '../../shared/system/path-text.ts';
import { whyNoRepository } from '../config/repository.ts';
import { runSystemCommand } from '../host/system-command.ts';
import { workingDirectory } from '../host/working-directory.ts';
import { findStateDirectory, type StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';
import { findWithoutGit } from './find-git-dir.ts';

/** Writes to stdout. */
export type Print = (text: string | Uint8Array) => void;

/** Where a command says things to whoever reads its output, and to whoever called it. */
export interface Output {
  readonly print: Print;
  /** A line on stderr. */
  readonly note: (text: string) => void;
}

/** The absolute common git dir of the repository at `cwd`: one for all of its work trees. Throws a UserError. */
export async function findCommonDirectory(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const outcome = await runSystemCommand('git', ['rev-parse', '--git-common-dir'], { cwd, env });
  if (outcome.kind === 'missing') throw new UserError('git was not found on PATH');
  if (outcome.status !== 0) throw new UserError(whyNoRepository(outcome, cwd, env.GIT_DIR));
  const found = path.resolve(cwd, outcome.stdout);
  const why = whyUnnamable(found);
  if (why !== undefined) throw new UserError(why);
  return found;
}

/** The same of the repository that the user is in. Where git cannot tell, as its config is broken, one is found in which a daemon runs or has run. Throws a UserError. */
export async function commonDirectoryHere(): Promise<string> {
  const cwd = workingDirectory();
  try {
    return await findCommonDirectory(cwd, process.env);
  } catch (error) {
    const commonDir = findWithoutGit(cwd, process.env);
    if (commonDir === undefined || findStateDirectory(commonDir) === undefined) throw error;
    return commonDir;
  }
}

/** Of the repository that the user is in; undefined: no daemon has ever run there. Throws a UserError. */
export const stateDirectoryHere = async (): Promise<StateDirectory | undefined> =>
  findStateDirectory(await commonDirectoryHere());
