// Owns: git as whoever only reads has it: in a directory and an environment that are settled.
// Leaves: running it (run-git.ts), and which directory and environment these are (config/repository.ts).
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { type Debug, gitQuery } from './run-git.ts';

type Ask = (args: readonly string[], options?: { readonly input?: string }) => ReturnType<typeof gitQuery>;

export const gitAt =
  (debug?: Debug) =>
  (cwd: string, env: Environment): Ask =>
  (args, { input } = {}) =>
    gitQuery(args, { cwd, env, ...(input !== undefined && { input }), ...(debug && { debug }) });

interface Served {
  readonly top: string;
  readonly gitEnvironment: Readonly<Record<string, string>>;
}

/** In the repository that is served. */
export const gitOf = (env: Environment, { top, gitEnvironment }: Served, debug?: Debug): Ask =>
  gitAt(debug)(top, unattendedGitEnvironment(env, undefined, gitEnvironment));
