// Owns: which repository a command that only talks to the daemon means.
// Leaves: all else about the repository (config/repository.ts), which the daemon itself needs.
import path from 'node:path';
import { whyNoRepository } from '../config/repository.ts';
import { runSystemCommand } from '../host/system-command.ts';
import { UserError } from '../user-error.ts';

/** The absolute common git dir of the repository at `cwd`: one for all of its work trees. Throws a UserError. */
export async function findCommonDirectory(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const outcome = await runSystemCommand('git', ['rev-parse', '--git-common-dir'], { cwd, env });
  if (outcome.kind === 'missing') throw new UserError('git was not found on PATH');
  if (outcome.status !== 0) throw new UserError(whyNoRepository(outcome, cwd, env.GIT_DIR));
  return path.resolve(cwd, outcome.stdout);
}
