// Owns: git config for tests: from real git in a directory, or from made-up entries.
// Leaves: repositories (test/support/temp-repo.ts).
import { type GitConfig, parseGitConfig, readGitConfig } from '../../../src/main/config/git-config.ts';
import type { GitAt } from '../../../src/main/config/repository.ts';
import { gitQuery } from '../../../src/main/git/run-git.ts';
import { type Environment, unattendedGitEnvironment } from '../../../src/shared/git-environment.ts';

export const gitAt: GitAt = (cwd, env) => (args, options) => gitQuery(args, { cwd, env, ...options });

/** What the daemon would read there. */
export const configIn = (directory: string, env: Environment): Promise<GitConfig> =>
  readGitConfig(gitAt(directory, unattendedGitEnvironment(env)), directory);

/** A config of entries such as `remote.o.url=/x`, as git lists them; the first `=` ends the key. */
export function configOf(...entries: readonly string[]): GitConfig {
  const listing = entries.map((entry) => {
    const [key = '', value] = entry.split(/=(.*)/s);
    return `local\0file:.git/config\0${asListed(key)}${value === undefined ? '' : `\n${value}`}\0`;
  });
  return parseGitConfig(listing.join(''), '/repo');
}

/** git lists section and variable in lower case. */
function asListed(key: string): string {
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')];
  return key.slice(0, first).toLowerCase() + key.slice(first, last) + key.slice(last).toLowerCase();
}
