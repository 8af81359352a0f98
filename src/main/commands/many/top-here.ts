// Owns: which repository a command means that goes by the path of it: the top that all its work trees share.
// Leaves: what a repository is (config/repository.ts), and commands that only talk to a daemon (this-repository.ts).
import { unattendedGitEnvironment } from '../../../shared/git-environment.ts';
import { findRepository, type GitAt, type Repository } from '../../config/repository.ts';
import { runSystemCommand } from '../../host/system-command.ts';
import { UserError } from '../../user-error.ts';

/** The repository at `cwd`, if it is found by its path alone. Throws a UserError. */
export async function repositoryAt(cwd: string, env: NodeJS.ProcessEnv): Promise<Repository> {
  const repository = await findRepository({ cwd, env, gitAt });
  if (Object.keys(repository.gitEnvironment).length > 0) {
    throw new UserError(
      `git finds this repository only by GIT_DIR, and not by its path, ${repository.top}, which is all that is noted of it`,
    );
  }
  return repository;
}

/** The environment for a command in another repository than the one that this process may have been told. */
export function environmentElsewhere(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = unattendedGitEnvironment(env);
  return Object.fromEntries(Object.entries(env).filter(([name]) => name in kept));
}

const gitAt: GitAt = (cwd, env) => async (args) => {
  const outcome = await runSystemCommand('git', args, { cwd, env: { ...env } });
  if (outcome.kind === 'missing')
    return { ok: false, status: undefined, stdout: '', stderr: 'git was not found on PATH' };
  const { status, stdout, stderr } = outcome;
  return { ok: status === 0, status, stdout, stderr };
};
