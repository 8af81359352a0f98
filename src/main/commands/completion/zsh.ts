// Owns: the completion for zsh: for its own completion of git, for git's, and for the program's own name.
// Leaves: what is completed (offered.ts).
import type { OptionRow, ValueRow, WordRow } from '../table/row.ts';
import { COMMANDS, FAMILIES, type Row } from '../table/table.ts';
import {
  calledBy,
  FIRST_WORDS,
  LIST_PEERS,
  type Offered,
  quoted,
  secondWords,
  WHAT_IT_IS,
  WITHOUT_COMMAND,
} from './offered.ts';

const ACTIONS: Readonly<Record<WordRow['kind'], string>> = {
  remote: '__git_remote_daemon_remotes',
  peer: '__git_remote_daemon_peers',
  directory: '_directories',
  'new-remote': ' ',
  invitation: ' ',
  shell: ' ',
  command: ' ',
};

const actionOf = (choices: readonly string[] | undefined, kind: WordRow['kind'] | undefined): string =>
  choices ? `(${choices.join(' ')})` : kind === undefined ? ' ' : ACTIONS[kind];

const escaped = (text: string): string => text.replaceAll(/[[\]\\]/g, '\\$&');

/** As `_arguments` reads it. */
function optionSpec({ name, short, value, summary }: OptionRow): string {
  const what = `[${escaped(summary)}]${valueSpec(value)}`;
  const [long, letter] =
    value === undefined ? [name, short] : [`${name}=${value.absent === undefined ? '' : '-'}`, `${short}+`];
  if (short === undefined) return quoted(long + what);
  return `'(${short} ${name})'{${letter},${long}}${quoted(what)}`;
}

function valueSpec(value: ValueRow | undefined): string {
  if (value === undefined) return '';
  return `${value.absent === undefined ? ':' : '::'}${value.name}:${actionOf(value.choices, value.kind)}`;
}

const wordSpec = ({ name, kind, many, optional, choices }: WordRow): string =>
  quoted(`${many ? '*' : ''}${many ? ':' : optional ? '::' : ':'}${name}:${actionOf(choices, kind)}`);

const specs = (lines: readonly string[]): string => lines.map((line) => ` \\\n      ${line}`).join('');

const HELP = { name: '--help', short: '-h', summary: 'all about this command' };

const commandCase = (row: Row): string => `\
    (${quoted(calledBy(row))}) _arguments -s -S${specs([
      ...[...row.options, HELP].map(optionSpec),
      ...row.words.map(wordSpec),
    ])} ;;
`;

const described = (offered: readonly Offered[]): string =>
  offered.map(({ word, summary }) => `\n      ${quoted(`${word}:${summary}`)}`).join('');

const familyCase = (family: string): string => `\
    (${family}) commands=(${described(secondWords(family))}
    ) ;;
`;

const foreground = COMMANDS.flatMap((row) => (row.saidBy === undefined ? [] : [quoted(row.saidBy)])).join('|');

export const zshCompletion = (): string => `\
#compdef git-remote-daemon
#description ${WHAT_IT_IS}
# zsh completion of 'git remote-daemon', by zsh's own completion of git or by git's, and of 'git-remote-daemon'.
# Made by 'git remote-daemon completion zsh' of the program's own table of commands.

__git_remote_daemon_remotes () {
  local -a names expl
  names=(\${(f)"$(_call_program remotes git remote 2>/dev/null)"})
  names=(\${names:|words})
  _wanted remotes expl remote compadd -a - names
}

__git_remote_daemon_peers () {
  local -a names expl
  names=(\${(f)"$(${LIST_PEERS})"})
  _wanted peers expl peer compadd -a - names
}

# Describes the commands, or those of the family $1.
__git_remote_daemon_commands () {
  local -a commands
  case $1 in
${[...FAMILIES].map(familyCase).join('')}    (*) commands=(${described(FIRST_WORDS)}
    ) ;;
  esac
  _describe -t commands 'git remote-daemon command' commands
}

# Completes what stands behind the command $words[1].
__git_remote_daemon_behind () {
  case $words[1] in
${COMMANDS.filter(({ name }) => name !== 'help')
  .map(commandCase)
  .join('')}  esac
}

_git-remote-daemon () {
  emulate -L zsh
  setopt localoptions \${_comp_options[@]}
  local family curcontext=$curcontext state ret=1
  local -a line
  typeset -A opt_args
  if (( CURRENT > 2 )) && [[ $words[2] == (${foreground}) ]]; then
    shift words
    (( CURRENT-- ))
    __git_remote_daemon_behind
    return
  fi
  _arguments -C -s -S${specs([...WITHOUT_COMMAND.map(optionSpec), "'(-): :->command'", "'(-)*:: :->behind'"])} && ret=0
  case $state in
    (command) __git_remote_daemon_commands && ret=0 ;;
    (behind)
      curcontext=\${curcontext%:*:*}:git-remote-daemon-$words[1]:
      if [[ $words[1] == help ]]; then
        shift words
        (( CURRENT-- ))
        (( CURRENT == 1 )) && __git_remote_daemon_commands && ret=0
        (( CURRENT == 2 )) && [[ $words[1] == (${[...FAMILIES].join('|')}) ]] && __git_remote_daemon_commands $words[1] && ret=0
      elif [[ $words[1] == (${[...FAMILIES].join('|')}) ]]; then
        if (( CURRENT == 2 )); then
          __git_remote_daemon_commands $words[1] && ret=0
        else
          family=$words[1]
          shift words
          (( CURRENT-- ))
          words[1]="$family $words[1]"
          __git_remote_daemon_behind && ret=0
        fi
      else
        __git_remote_daemon_behind && ret=0
      fi ;;
  esac
  return ret
}

# Called by git's own completion for zsh, which has set cword, and looks at _ret. It loses an empty last word.
_git_remote_daemon () {
  emulate -L zsh
  [[ -z $PREFIX$SUFFIX && -n $words[-1] ]] && words+=('')
  (( CURRENT = cword < $#words ? cword + 1 : $#words ))
  while (( CURRENT > 2 )) && [[ $words[1] != remote-daemon ]]; do
    shift words
    (( CURRENT-- ))
  done
  _git-remote-daemon && _ret=0
}

if [[ $funcstack[1] == _git-remote-daemon ]]; then
  _git-remote-daemon "$@"
elif (( $+functions[compdef] )); then
  compdef _git-remote-daemon git-remote-daemon
  () {
    # So that 'git <TAB>' names it, too, beside what the user has listed there.
    local -a listed
    zstyle -a ':completion:*:*:git:*' user-commands listed
    zstyle ':completion:*:*:git:*' user-commands \${listed:#remote-daemon*} ${quoted(`remote-daemon:${WHAT_IT_IS}`)}
  }
fi
`;
