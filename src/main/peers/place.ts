// Owns: what all that has to do with peers is about: one repository, and git that runs there.
// Leaves: finding it (main/commands, daemon.ts).
import type { Environment } from '../../shared/git-environment.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import type { RunGitQuietly } from '../config/git-config.ts';
import { runSystemCommand } from '../host/system-command.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';

export interface PeersPlace {
  readonly directory: StateDirectory;
  /** In the common git dir; also such as change git's configuration. */
  readonly git: RunGitQuietly;
  /** For programs of networks. */
  readonly env: Environment;
}

export function peersPlace(directory: StateDirectory, env: Environment): PeersPlace {
  const { commonDir } = directory;
  const gitEnvironment = unattendedGitEnvironment(env, undefined, { GIT_DIR: commonDir });
  const git: RunGitQuietly = async (args) => {
    const outcome = await runSystemCommand('git', args, { cwd: commonDir, env: gitEnvironment });
    if (outcome.kind === 'missing') throw new UserError('git was not found on PATH');
    return { ...outcome, ok: outcome.status === 0 };
  };
  return { directory, git, env };
}
