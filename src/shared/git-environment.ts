// Owns: the environment git gets when nobody is there to answer it.
// Leaves: running git (main/git, workers/refs), and how ssh is called for a remote (main/config).

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

/** Nobody is there to answer a question, and messages are read by us. */
export const UNATTENDED: Readonly<Record<string, string>> = {
  // What git says is read by git-failures.ts.
  LC_ALL: 'C',
  GIT_TERMINAL_PROMPT: '0',
  // git takes a failing askpass for no answer, and so does ssh; an unset one would let core.askPass open a window.
  GIT_ASKPASS: 'false',
  SSH_ASKPASS: 'false',
  SSH_ASKPASS_REQUIRE: 'never',
  GCM_INTERACTIVE: 'never',
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
  const inherited = Object.entries(env).filter(([name]) => !OF_ANOTHER_COMMAND.has(name));
  const all = Object.entries(repository);
  const given = [...inherited, ...all].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(given), ...UNATTENDED, ...(sshCommand && sshEnvironment(sshCommand)) };
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
