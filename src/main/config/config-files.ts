// Owns: where git's config may be that is not there yet, and what else decides which of it holds.
// Leaves: the files that it came from (git-config.ts), and watching (watch-files.ts).
import path from 'node:path';
import type { Environment } from '../../shared/git-environment.ts';
import { homeHere } from '../../shared/system/home.ts';
import type { Repository } from './repository.ts';

export interface WhereConfigIs {
  readonly repository: Repository;
  readonly env: Environment;
  readonly secretsFile: string;
}

/** Where config may be that is not there yet (git-config(1), FILES). */
export function usualFiles({ repository, env, secretsFile }: WhereConfigIs): string[] {
  const home = homeHere(env.HOME);
  const xdg = env.XDG_CONFIG_HOME || path.join(home, '.config');
  const global = env.GIT_CONFIG_GLOBAL
    ? [env.GIT_CONFIG_GLOBAL]
    : [path.join(home, '.gitconfig'), path.join(xdg, 'git/config')];
  const own = ['config', 'config.worktree'].map((name) => path.join(repository.commonDir, name));
  return [...own, secretsFile, ...global, env.GIT_CONFIG_SYSTEM || SYSTEM_FILE].map((file) =>
    path.resolve(repository.top, file),
  );
}

/** Of most builds of git; where it is another, git tells it once there is one. */
const SYSTEM_FILE = '/etc/gitconfig';

/** What the branch is told by. */
export const headOf = ({ commonDir }: Repository): string[] =>
  ['HEAD', 'reftable/tables.list'].map((name) => path.join(commonDir, name));
