// Owns: which repository a command that only talks to the daemon means.
// Leaves: all else about the repository (config/), which the daemon itself needs and which is slower to load.
import path from 'node:path';
import { runSystemCommand } from './system-command.ts';
import { UserError } from './user-error.ts';

/** The absolute common git dir of the repository at `cwd`: one for all of its work trees. Throws a UserError. */
export async function findCommonDirectory(cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  const outcome = await runSystemCommand('git', ['rev-parse', '--git-common-dir'], { cwd, env });
  if (outcome.kind === 'missing') throw new UserError('git was not found on PATH');
  if (outcome.status !== 0) {
    const [said = 'not a git repository'] = outcome.stderr.split('\n');
    throw new UserError(said.replace(/^fatal: /, ''));
  }
  return path.resolve(cwd, outcome.stdout);
}
