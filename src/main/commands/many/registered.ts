// Owns: the list of repositories that --all means: remotedaemon.repo in git's global configuration.
// Leaves: which repository is meant (top-here.ts), and what is done in each (in-each.ts).
import path from 'node:path';
import { printable } from '../../../shared/printable.ts';
import { homeHere } from '../../../shared/system/home.ts';
import { runSystemCommand } from '../../host/system-command.ts';
import { UserError } from '../../user-error.ts';

const KEY = 'remotedaemon.repo';

export interface Registered {
  /** As it stands in the configuration. */
  readonly value: string;
  /** The directory that it means. */
  readonly top: string;
}

/** Each directory once, in their order. Throws a UserError. */
export async function registered(env: NodeJS.ProcessEnv): Promise<readonly Registered[]> {
  const listed = await git(['--null', '--get-all', KEY], env);
  const values = listed.split('\0').filter((value) => value !== '');
  const all = values.map((value) => ({ value, top: meant(value, homeHere(env.HOME)) }));
  return all.filter(({ top }, index) => all.findIndex((each) => each.top === top) === index);
}

/** Says whether it was not there. Throws a UserError. */
export async function register(top: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  if ((await registered(env)).some((each) => each.top === top)) return false;
  await git(['--add', KEY, top], env);
  return true;
}

/** Says whether it was there. Throws a UserError. */
export async function unregister(top: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const listed = await git(['--null', '--get-all', KEY], env);
  const values = new Set(
    listed.split('\0').filter((value) => value !== '' && meant(value, homeHere(env.HOME)) === top),
  );
  for (const value of values) await git(['--unset-all', KEY, patternOf(value)], env);
  return values.size > 0;
}

/**
 * Extended, as git reads it. Its `--fixed-value` has git 2.39 crash where the key stands without a value as well, and
 * leave a lock behind that keeps everybody from changing the file.
 */
const patternOf = (value: string): string => `^${value.replace(/[\\^$.|?*+()[{]/g, '\\$&')}$`;

/** `~/` as git has it for paths, as a person may write it; a slash at the end makes no other directory. */
const meant = (value: string, home: string): string => path.resolve(home, value.replace(/^~(?=\/|$)/, home));

/** 1: there is no such key. 5: nor one to be unset. */
const NOTHING_THERE = [1, 5];

async function git(args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  // Not in a repository: neither its own configuration nor what it includes on a condition is meant.
  const outcome = await runSystemCommand('git', ['config', '--global', '--includes', ...args], { env, cwd: '/' });
  if (outcome.kind === 'missing') throw new UserError('git was not found on PATH');
  if (outcome.status === 0) return outcome.stdout;
  if (NOTHING_THERE.includes(outcome.status) && outcome.stderr === '') return '';
  const [first = ''] = outcome.stderr.split('\n');
  const why = printable(first.replace(/^(?:fatal|error): /, ''));
  throw new UserError(`git's global configuration: ${why || `git ended with status ${outcome.status}`}`);
}
