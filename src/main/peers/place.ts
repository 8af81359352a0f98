// Owns: what all that has to do with peers is about: one repository, and git that runs there.
// Leaves: finding it (main/commands, daemon.ts).
import type { Environment } from '../../shared/git-environment.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import type { RunGitQuietly } from '../config/git-config.ts';
import type { GitAt, Repository } from '../config/repository.ts';
import { runSystemCommand } from '../host/system-command.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';

export interface PeersPlace {
  readonly directory: StateDirectory;
  /** In the common git dir; also such as change git's configuration. */
  readonly git: RunGitQuietly;
  /** Where programs of networks run, as those that serve do (workers/peer/network), and their environment. */
  readonly top: string;
  readonly env: Environment;
}

export interface PeersPlaceNeeds {
  readonly directory: StateDirectory;
  readonly repository: Pick<Repository, 'top' | 'gitEnvironment'>;
  readonly env: Environment;
}

export function peersPlace({ directory, repository, env }: PeersPlaceNeeds): PeersPlace {
  const { commonDir } = directory;
  const git = gitAt(commonDir, unattendedGitEnvironment(env, undefined, { GIT_DIR: commonDir }));
  return {
    directory,
    git,
    top: repository.top,
    env: unattendedGitEnvironment(env, undefined, repository.gitEnvironment),
  };
}

/** For the commands, which start no more of the program than they need (git/run-git.ts). */
export const gitAt: GitAt = (cwd, environment) => async (args) => {
  const outcome = await runSystemCommand('git', args, { cwd, env: { ...environment } });
  if (outcome.kind === 'missing') throw new UserError('git was not found on PATH');
  return { ...outcome, ok: outcome.status === 0 };
};
