// Owns: the environment git gets when nobody is there to answer it.
// Leaves: running git (main/git, workers/refs), and how ssh is called for a remote (main/config).

import { tracesToDescriptor } from './git-tracing.ts';
import { shellQuoted } from './shell-word.ts';
import type { SshCommand } from './ssh-target.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What git sets for its hooks and aliases: it speaks of another command's repository (`git rev-parse --local-env-vars`). */
const OF_ANOTHER_COMMAND: ReadonlySet<string> = new Set([
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_CONFIG',
  'GIT_DIR',
  'GIT_GRAFT_FILE',
  'GIT_IMPLICIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_INTERNAL_SUPER_PREFIX',
  'GIT_NO_REPLACE_OBJECTS',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_PROTOCOL',
  'GIT_QUARANTINE_PATH',
  'GIT_REPLACE_REF_BASE',
  'GIT_SHALLOW_FILE',
  'GIT_WORK_TREE',
  // Translations would win over LC_ALL in some C libraries.
  'LANGUAGE',
]);

/** Whether something in it, as git gives its hooks, may have git take another repository than its directory leads to. */
export const namesRepository = (env: Environment): boolean =>
  Object.keys(env).some((name) => name.startsWith('GIT_') && OF_ANOTHER_COMMAND.has(name));

/** Nobody is there to answer a question, and messages are read by us. */
const UNATTENDED: Readonly<Record<string, string>> = {
  // What git says is read by git-failures.ts.
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  // git takes a failing askpass for no answer, and so does ssh; an unset one would let core.askPass open a window.
  GIT_ASKPASS: 'false',
  SSH_ASKPASS: 'false',
  SSH_ASKPASS_REQUIRE: 'never',
  GCM_INTERACTIVE: 'never',
  // When a web server is asked again is for the daemon to say: git 2.54 would wait for that itself, in its turn.
  GIT_HTTP_MAX_RETRIES: '0',
  // Progress is the sign of life of a git operation.
  GIT_PROGRESS_DELAY: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_REFLOG_ACTION: 'remote-daemon',
};

/**
 * `env` made fit for a git that nobody watches. `sshCommand`: how ssh is called for the remote; absent, git finds it by
 * itself. `repository`: the variables that name the repository, where its directory alone does not.
 */
export function unattendedGitEnvironment(
  env: Environment,
  sshCommand?: SshCommand,
  repository: Environment = {},
): Record<string, string> {
  const inherited = Object.entries(env).filter(
    ([name, value]) => !OF_ANOTHER_COMMAND.has(name) && !tracesToDescriptor(name, value),
  );
  const all = Object.entries(repository);
  const given = [...inherited, ...all].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  const kept = Object.fromEntries(given);
  return { ...kept, ...UNATTENDED, ...withConfig(kept), ...(sshCommand && sshEnvironment(sshCommand)) };
}

/** No credential helper is to ask anybody: git 2.46 and later, and Git Credential Manager, go by this. */
const NOT_INTERACTIVE = ['credential.interactive', 'false'] as const;

/** After what is given in this way already, so that it wins. Of a count that git refuses, git says so. */
function withConfig(env: Readonly<Record<string, string>>): Record<string, string> {
  const count = Number(env.GIT_CONFIG_COUNT || '0');
  if (!Number.isSafeInteger(count)) return {};
  const last = `${env[`GIT_CONFIG_KEY_${count - 1}`]}=${env[`GIT_CONFIG_VALUE_${count - 1}`]}`;
  // This environment may be made of one that was made here.
  if (last === NOT_INTERACTIVE.join('=')) return {};
  const [key, value] = NOT_INTERACTIVE;
  return { GIT_CONFIG_COUNT: `${count + 1}`, [`GIT_CONFIG_KEY_${count}`]: key, [`GIT_CONFIG_VALUE_${count}`]: value };
}

/** How git calls ssh, and nobody is asked. */
export function sshEnvironment(command: SshCommand): { GIT_SSH_COMMAND: string; GIT_SSH_VARIANT?: string } {
  if (command.kind === 'options') {
    const words = [command.program, ...command.options].map(shellQuoted);
    return { GIT_SSH_COMMAND: [...words, '-oBatchMode=yes'].join(' ') };
  }
  const batch = batchOption(command.command, command.variant);
  return { GIT_SSH_COMMAND: `${command.command}${batch && ` ${batch}`}`, GIT_SSH_VARIANT: command.variant };
}

function batchOption(command: string, variant: Extract<SshCommand, { kind: 'shell' }>['variant']): string {
  switch (variant) {
    case 'ssh':
      // sshpass answers the very prompt that BatchMode forbids; that nobody else is asked, the missing terminal sees to.
      return /\bsshpass\b/.test(command) ? '' : '-oBatchMode=yes';
    case 'plink':
    case 'putty':
      return '-batch';
    case 'tortoiseplink': // git gives it `-batch` itself (connect.c)
    case 'simple': // takes no options
      return '';
    default:
      return variant satisfies never;
  }
}
