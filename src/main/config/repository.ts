// Owns: which repository the daemon serves, and where and how git is to be run in it, whatever its layout.
// Leaves: running git (main/git), and what the repository's config says (git-config.ts).
import fs from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Environment, namesRepository, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { whyForeign } from '../../shared/system/ownership.ts';
import { whyUnnamable } from '../../shared/system/path-text.ts';
import { UserError } from '../user-error.ts';
import { complaintOf, parseBool, type RunGitQuietly } from './git-config.ts';
import { type GitVersion, whyTooOld } from './git-version.ts';

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
const OLDEST_GIT: GitVersion = [2, 31];

/** The repository that git would use at `cwd`. Throws a UserError if there is none, or git does not want to use it. */
export async function findRepository({ cwd, env, gitAt }: RepositorySearch): Promise<Repository> {
  const here = gitAt(cwd, { ...env, LC_ALL: 'C', LANGUAGE: undefined });
  const refuse = (answer: Answer): never => {
    throw new UserError(whyNoRepository(answer, cwd, env.GIT_DIR));
  };
  const asMost = await findAtTop(here, cwd, env);
  if (asMost) return asMost;
  const { commonDir, ownGitDir } = await findGitDirs(here, refuse);
  const main = gitAt(commonDir, unattendedGitEnvironment(env, undefined, { GIT_DIR: commonDir }));
  const isFound = (place: Place): Promise<boolean> => isFoundBy(gitAt(place.top, unattendedGitEnvironment(env)), place);

  // Most are as they are made: what is asked of those is asked beside the rest.
  const usual = usualPlace(commonDir);
  const [core, isUsualFound] = await Promise.all([readCore(main), isFound(usual)]);
  const workTreeGiven = env.GIT_WORK_TREE !== undefined && ownGitDir === commonDir;
  const bare = !workTreeGiven && (core.bare ?? path.basename(commonDir) !== '.git');
  const top = bare ? commonDir : await findTop({ here, main, commonDir, ownGitDir, env, ...core });
  const place = { commonDir, top, bare };
  const isFoundHere = isDeepStrictEqual(place, usual) ? isUsualFound : await isFound(place);
  return { ...place, gitEnvironment: isFoundHere ? {} : variablesOf(place) };
}

/**
 * What most are, asked of git once: the top of the main work tree, with nothing in the environment or the config that
 * leads git elsewhere. Undefined: any other, or none.
 */
async function findAtTop(here: RunGitQuietly, cwd: string, env: Environment): Promise<Repository | undefined> {
  const commonDir = path.join(cwd, '.git');
  if (namesRepository(env) || !fs.lstatSync(commonDir, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  // With a line feed in it, one may end where the other is expected to.
  if (cwd.includes('\n') || whyUnnamable(commonDir) !== undefined) return undefined;
  const asked = ['--git-common-dir', '--git-dir', '--show-toplevel'];
  const { ok, stdout } = await here(['rev-parse', '--path-format=absolute', ...asked]);
  if (!ok || withoutLineEnd(stdout) !== [commonDir, commonDir, cwd].join('\n')) return undefined;
  return { commonDir, top: cwd, bare: false, gitEnvironment: {} };
}

type Place = Omit<Repository, 'gitEnvironment'>;

function usualPlace(commonDir: string): Place {
  const bare = path.basename(commonDir) !== '.git';
  return { commonDir, top: bare ? commonDir : path.dirname(commonDir), bare };
}

interface GitDirs {
  readonly commonDir: string;
  readonly ownGitDir: string;
}

async function findGitDirs(here: RunGitQuietly, refuse: (answer: Answer) => never): Promise<GitDirs> {
  const answer = await here(['rev-parse', '--path-format=absolute', '--git-common-dir', '--git-dir']);
  const lines = withoutLineEnd(answer.stdout).split('\n');
  const [commonDir, ownGitDir] = lines;
  // An older git repeats the option that it does not know.
  const isPlain = answer.ok && lines.length === 2 && lines.every((line) => path.isAbsolute(line));
  if (isPlain && commonDir !== undefined && ownGitDir !== undefined) {
    for (const found of [commonDir, ownGitDir]) refuseUnnamable(found);
    return { commonDir, ownGitDir };
  }
  checkVersion(await here(['version']));
  return {
    commonDir: await revParse(here, '--git-common-dir', refuse),
    ownGitDir: await revParse(here, '--git-dir', refuse),
  };
}

type Answer = Awaited<ReturnType<RunGitQuietly>>;

function checkVersion(answer: Answer): void {
  if (!answer.ok) throw new UserError(complaintOf(answer));
  const why = whyTooOld(answer.stdout, OLDEST_GIT);
  if (why !== undefined) throw new UserError(why);
}

async function revParse(git: RunGitQuietly, what: string, refuse: (answer: Answer) => never): Promise<string> {
  const answer = await git(['rev-parse', '--path-format=absolute', what]);
  if (!answer.ok) return refuse(answer);
  const found = withoutLineEnd(answer.stdout);
  refuseUnnamable(found);
  return found;
}

function refuseUnnamable(found: string): void {
  const why = whyUnnamable(found);
  if (why !== undefined) throw new UserError(why);
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

interface Core {
  /** Undefined where the config does not say, or nothing that git understands. */
  readonly bare: boolean | undefined;
  readonly hasWorkTree: boolean;
}

/** `--is-bare-repository` would speak of the work tree it is asked in, which a bare repository may have. */
async function readCore(main: RunGitQuietly): Promise<Core> {
  const answer = await main(['config', '--null', '--get-regexp', '^core\\.(bare|worktree)$']);
  const values = new Map(answer.ok ? answer.stdout.split('\0').map((entry) => keyAndValue(entry)) : []);
  const bare = values.has('core.bare') ? parseBool(values.get('core.bare')) : undefined;
  return { bare: bare === 'malformed' ? undefined : bare, hasWorkTree: values.has('core.worktree') };
}

/** A key alone means true. */
function keyAndValue(entry: string): [key: string, value: string | undefined] {
  const [, key = entry, value] = /^([^\n]*)\n(.*)$/s.exec(entry) ?? [];
  return [key, value];
}

interface Layout {
  /** git where the user is, and git told the main git dir. */
  readonly here: RunGitQuietly;
  readonly main: RunGitQuietly;
  readonly commonDir: string;
  readonly ownGitDir: string;
  readonly env: Environment;
  /** The config names its work tree. */
  readonly hasWorkTree: boolean;
}

async function findTop({ here, main, commonDir, ownGitDir, env, hasWorkTree }: Layout): Promise<string> {
  const topOf = async (git: RunGitQuietly): Promise<string | undefined> => {
    const answer = await git(['rev-parse', '--path-format=absolute', '--show-toplevel']);
    return answer.ok ? withoutLineEnd(answer.stdout) : undefined;
  };
  const inMain = ownGitDir === commonDir;
  const given = inMain && env.GIT_WORK_TREE !== undefined ? await topOf(here) : undefined;
  if (given !== undefined) return given;
  // A submodule's git dir, or one that was moved: the config says where its work tree is.
  if (hasWorkTree) return (await topOf(main)) ?? commonDir;
  if (path.basename(commonDir) === '.git') return path.dirname(commonDir);
  // Only the `.git` file of the main work tree leads to a separate git dir: nothing leads back.
  return (inMain ? await topOf(here) : undefined) ?? commonDir;
}

async function isFoundBy(plain: RunGitQuietly, { commonDir, top, bare }: Place): Promise<boolean> {
  const prints = async (...expected: readonly (readonly [option: string, at: string])[]): Promise<boolean> => {
    const { ok, stdout } = await plain(['rev-parse', '--path-format=absolute', ...expected.map(([option]) => option)]);
    return ok && withoutLineEnd(stdout) === expected.map(([, at]) => at).join('\n');
  };
  const gitDir = ['--git-dir', commonDir] as const;
  const workTree = ['--show-toplevel', top] as const;
  if (bare || top === commonDir) return prints(gitDir);
  // With line feeds in them, one may end where the other is expected to.
  const isPlain = ![commonDir, top].some((at) => at.includes('\n'));
  return isPlain ? prints(gitDir, workTree) : (await prints(gitDir)) && prints(workTree);
}

function variablesOf({ commonDir, top, bare }: Place): Record<string, string> {
  const hasWorkTree = !bare && top !== commonDir;
  return { GIT_DIR: commonDir, ...(hasWorkTree && { GIT_WORK_TREE: top }) };
}
