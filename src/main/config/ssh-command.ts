// Owns: how git calls ssh here: which program, with which options, in which dialect (git, connect.c; ssh(1)).
// Leaves: running it (workers/ssh, main/git), and what `ssh -G` makes of the options.
import path from 'node:path';
import type { Environment } from '../../shared/git-environment.ts';
import { shellQuoted } from '../../shared/shell-word.ts';
import type { SshCommand, SshVariant } from '../../shared/ssh-target.ts';
import type { GitConfig } from './git-config.ts';
import { splitShellWords } from './shell-words.ts';

/** GIT_SSH_COMMAND beats core.sshCommand, which beats GIT_SSH. */
export function readSshCommand(config: GitConfig, env: Environment): SshCommand {
  const wanted = variantNamed(env.GIT_SSH_VARIANT ?? config.get('ssh.variant') ?? 'auto');
  const command = env.GIT_SSH_COMMAND || config.get('core.sshCommand');
  if (command) return understand(command, wanted, env.HOME);
  const program = env.GIT_SSH || 'ssh';
  const variant = wanted ?? variantOf(program);
  return variant === 'ssh' && isSsh(program)
    ? { kind: 'options', program, options: [] }
    : { kind: 'shell', command: shellQuoted(program), variant };
}

/** git-annex's ssh options, behind those there are. Where a whole command is configured they do nothing (git-annex(1)). */
export function withSshOptions(command: SshCommand, options: readonly string[]): SshCommand {
  if (command.kind === 'shell' || options.length === 0) return command;
  const all = [...command.options, ...options];
  if (areOptions(all)) return { ...command, options: all };
  return { kind: 'shell', command: [command.program, ...all].map(shellQuoted).join(' '), variant: 'ssh' };
}

function understand(command: string, wanted: SshVariant | undefined, home: string | undefined): SshCommand {
  const words = splitShellWords(command, home);
  const [program = firstWord(command), ...options] = words ?? [];
  const variant = wanted ?? variantOf(program);
  return words && variant === 'ssh' && isSsh(program) && areOptions(options)
    ? { kind: 'options', program, options }
    : { kind: 'shell', command, variant };
}

/** undefined for `auto`; what git does not know is ssh to it. */
function variantNamed(name: string): SshVariant | undefined {
  switch (name) {
    case 'auto':
      return undefined;
    case 'simple':
    case 'plink':
    case 'putty':
    case 'tortoiseplink':
      return name;
    default:
      return 'ssh';
  }
}

/** git tries `-G` on a program it does not know; nearly all of those are wrappers that pass all they get on to ssh. */
function variantOf(program: string): SshVariant {
  const name = programName(program);
  return name === 'plink' || name === 'tortoiseplink' ? name : 'ssh';
}

const isSsh = (program: string): boolean => programName(program) === 'ssh';
const programName = (program: string): string =>
  path
    .basename(program)
    .toLowerCase()
    .replace(/\.exe$/, '');

/** As git cuts a command it cannot wholly read: quotes count, nothing else does. */
function firstWord(command: string): string {
  const [word = ''] = /^(?:[^\s'"]|'[^']*'|"[^"]*")*/.exec(command) ?? [];
  return word.replace(/['"]/g, '');
}

/** Options that leave ssh what it is: no other remote command, no forwarding, nothing in the background. */
const PLAIN_OPTIONS = '46AaCKkqTvXxYy';
const OPTIONS_WITH_VALUE = 'BbcFIiJlmoPpS';

/** Whether words are nothing but such options and their values, attached or not (getopt(3)). */
function areOptions(words: readonly string[]): boolean {
  let valueNext = false;
  for (const word of words) {
    if (valueNext) {
      valueNext = false;
      continue;
    }
    const [, plain, taker, value] = OPTION_WORD.exec(word) ?? [];
    if (plain === undefined || word === '-') return false;
    valueNext = taker !== undefined && value === '';
  }
  return !valueNext;
}

const OPTION_WORD = new RegExp(`^-([${PLAIN_OPTIONS}]*)(?:([${OPTIONS_WITH_VALUE}])(.*))?$`, 's');
