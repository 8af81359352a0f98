// Owns: which repository the daemon serves, and where and how git is to be run in it, whatever its layout.
// Leaves: running git (main/git), and what the repository's config says (git-config.ts).
import path from 'node:path';
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { whyForeign } from '../../shared/system/ownership.ts';
import { whyUnnamable } from '../../shared/system/path-text.ts';
import { UserError } from '../user-error.ts';
import { complaintOf, type RunGitQuietly } from './git-config.ts';

/** All paths absolute, without symbolic links. */
export interface Repository {
  /** The git dir that all of its work trees share; that of the main work tree. */
  readonly commonDir: string;
  /** The top of the main work tree; of a bare repository, the git dir. All git commands run here. */
  readonly top: string;
  readonly bare: boolean;
  /** Variables that git needs, in an environment without GIT_DIR and its like, to find the repository from `top`. */
  readonly gitEnvironment: Readonly<Record<string, string>>;
}

/** A git that runs in this directory with exactly this environment. */
export type GitAt = (directory: string, environment: Environment) => RunGitQuietly;

export interface RepositorySearch {
  readonly cwd: string;
  readonly env: Environment;
  readonly gitAt: GitAt;
}

/** 2.31 brought `rev-parse --path-format` and GIT_CONFIG_COUNT. */
const OLDEST_GIT = { major: 2, minor: 31 };

/** The repository that git would use at `cwd`. Throws a UserError if there is none, or git does not want to use it. */
export async function findRepository({ cwd, env, gitAt }: RepositorySearch): Promise<Repository> {
  const here = gitAt(cwd, { ...env, LC_ALL: 'C', LANGUAGE: undefined });
  const refuse = (answer: Answer): never => {
    throw new UserError(whyNoRepository(answer, cwd, env.GIT_DIR));
  };
  checkVersion(await here(['version']));
  const commonDir = await revParse(here, '--git-common-dir', refuse);
  const ownGitDir = await revParse(here, '--git-dir', refuse);
  const main = gitAt(commonDir, unattendedGitEnvironment(env, undefined, { GIT_DIR: commonDir }));

  const workTreeGiven = env.GIT_WORK_TREE !== undefined && ownGitDir === commonDir;
  const bare = !workTreeGiven && (await isBare(main, commonDir));
  const top = bare ? commonDir : await findTop({ here, main, commonDir, ownGitDir, env });
  const repository = { commonDir, top, bare };
  const plain = gitAt(top, unattendedGitEnvironment(env));
  return { ...repository, gitEnvironment: (await isFoundBy(plain, repository)) ? {} : variablesOf(repository) };
}

type Answer = Awaited<ReturnType<RunGitQuietly>>;

function checkVersion(answer: Answer): void {
  if (!answer.ok) throw new UserError(complaintOf(answer));
  const [said, major, minor] = /(\d+)\.(\d+)[\w.]*/.exec(answer.stdout) ?? [];
  const newEnough =
    Number(major) > OLDEST_GIT.major || (Number(major) === OLDEST_GIT.major && Number(minor) >= OLDEST_GIT.minor);
  if (!newEnough) {
    throw new UserError(
      `git ${OLDEST_GIT.major}.${OLDEST_GIT.minor} or newer is needed, and this is git ${said ?? '?'}`,
    );
  }
}

async function revParse(git: RunGitQuietly, what: string, refuse: (answer: Answer) => never): Promise<string> {
  const answer = await git(['rev-parse', '--path-format=absolute', what]);
  if (!answer.ok) return refuse(answer);
  const found = withoutLineEnd(answer.stdout);
  const why = whyUnnamable(found);
  if (why !== undefined) throw new UserError(why);
  return found;
}

/** A path may hold line feeds itself. */
const withoutLineEnd = (text: string): string => text.replace(/\n$/, '');

/** In words for a user, from what `git rev-parse` said. */
export function whyNoRepository(answer: Pick<Answer, 'stderr'>, cwd: string, gitDir: string | undefined): string {
  const [, foreign] = /dubious ownership in repository at '([^\n]*)'/.exec(answer.stderr) ?? [];
  if (foreign !== undefined) {
    return (
      whyForeign(foreign) ?? `git takes ${foreign} for somebody else's: run this as the user to whom all of it belongs`
    );
  }
  const [, unnamed] = /cannot use bare repository '([^\n]*)' \(/.exec(answer.stderr) ?? [];
  if (unnamed !== undefined) return `safe.bareRepository wants a bare repository to be named: set GIT_DIR=${unnamed}`;
  if (!/not a git repository/.test(answer.stderr)) return complaintOf(answer);
  return gitDir === undefined
    ? `${cwd} is not in a git repository; run this inside one`
    : `GIT_DIR is ${gitDir}, which is not a git repository; correct or unset it`;
}

/** `--is-bare-repository` would speak of the work tree it is asked in, which a bare repository may have. */
async function isBare(main: RunGitQuietly, commonDir: string): Promise<boolean> {
  const answer = await main(['config', '--type=bool', '--get', 'core.bare']);
  return answer.ok ? answer.stdout.trim() === 'true' : path.basename(commonDir) !== '.git';
}

interface Layout {
  /** git where the user is, and git told the main git dir. */
  readonly here: RunGitQuietly;
  readonly main: RunGitQuietly;
  readonly commonDir: string;
  readonly ownGitDir: string;
  readonly env: Environment;
}

async function findTop({ here, main, commonDir, ownGitDir, env }: Layout): Promise<string> {
  const topOf = async (git: RunGitQuietly): Promise<string | undefined> => {
    const answer = await git(['rev-parse', '--path-format=absolute', '--show-toplevel']);
    return answer.ok ? withoutLineEnd(answer.stdout) : undefined;
  };
  const inMain = ownGitDir === commonDir;
  const given = inMain && env.GIT_WORK_TREE !== undefined ? await topOf(here) : undefined;
  if (given !== undefined) return given;
  // A submodule's git dir, or one that was moved: the config says where its work tree is.
  if ((await main(['config', '--get', 'core.worktree'])).ok) return (await topOf(main)) ?? commonDir;
  if (path.basename(commonDir) === '.git') return path.dirname(commonDir);
  // Only the `.git` file of the main work tree leads to a separate git dir: nothing leads back.
  return (inMain ? await topOf(here) : undefined) ?? commonDir;
}

async function isFoundBy(plain: RunGitQuietly, { commonDir, top, bare }: Omit<Repository, 'gitEnvironment'>) {
  const gitDir = await plain(['rev-parse', '--path-format=absolute', '--git-dir']);
  if (!gitDir.ok || withoutLineEnd(gitDir.stdout) !== commonDir) return false;
  if (bare || top === commonDir) return true;
  const workTree = await plain(['rev-parse', '--path-format=absolute', '--show-toplevel']);
  return workTree.ok && withoutLineEnd(workTree.stdout) === top;
}

function variablesOf({ commonDir, top, bare }: Omit<Repository, 'gitEnvironment'>): Record<string, string> {
  const hasWorkTree = !bare && top !== commonDir;
  return { GIT_DIR: commonDir, ...(hasWorkTree && { GIT_WORK_TREE: top }) };
}
