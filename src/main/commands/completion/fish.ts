// Owns: the completion for fish, whose own completion of git asks that of git-remote-daemon.
// Leaves: what is completed (offered.ts).
import type { OptionRow, WordRow } from '../table/row.ts';
import { COMMANDS, FAMILIES } from '../table/table.ts';
import {
  calledBy,
  FIRST_WORDS,
  LIST_PEERS,
  type Offered,
  secondWords,
  WHAT_IT_IS,
  WITHOUT_COMMAND,
} from './offered.ts';

const word = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;

const line = (condition: string, ...rest: readonly string[]): string =>
  `complete -c git-remote-daemon -n ${word(condition)} ${rest.join(' ')}\n`;

const inCommand = (command: string): string => `__git_remote_daemon_in ${word(command)}`;

const words = (condition: string, offered: readonly Offered[]): string =>
  offered.map((each) => line(condition, '-a', word(each.word), '-d', word(each.summary))).join('');

function optionLine(command: string, { name, short, value, summary }: OptionRow): string {
  const needed = value !== undefined && value.absent === undefined;
  return line(
    inCommand(command),
    ...['-l', name.slice('--'.length)],
    ...(short === undefined ? [] : ['-s', short.slice(1)]),
    ...(needed ? ['-x'] : []),
    ...(value?.choices ? ['-a', word(value.choices.join(' '))] : []),
    ...['-d', word(summary)],
  );
}

const LISTS: Partial<Record<WordRow['kind'], string>> = {
  remote: '(__git_remote_daemon_others (git remote 2>/dev/null))',
  peer: '(__git_remote_daemon_peers)',
  directory: '(__fish_complete_directories)',
};

function wordLine(command: string, { kind, many, choices }: WordRow): string {
  const offered = choices ? choices.join(' ') : LISTS[kind];
  const condition = many ? inCommand(command) : `${inCommand(command)}; and __git_remote_daemon_at 0`;
  return offered === undefined ? '' : line(condition, '-a', word(offered));
}

const commandLines = (): string =>
  COMMANDS.map((row) =>
    [
      ...row.options.map((option) => optionLine(calledBy(row), option)),
      ...row.words.slice(0, 1).map((each) => wordLine(calledBy(row), each)),
    ].join(''),
  ).join('');

const HELP_OF_FAMILY = (family: string): string =>
  `__git_remote_daemon_in help; and __git_remote_daemon_at 1 ${family}`;

export const fishCompletion = (): string => `\
# fish completion of 'git remote-daemon', by fish's own completion of git, and of 'git-remote-daemon'.
# Made by 'git remote-daemon completion fish' of the program's own table of commands.

# Prints the command that is there, and then the words behind it.
function __git_remote_daemon_words
    set -l words (commandline -opc)
    set -e words[1]
    set -l command
    set -l behind
    for word in $words
        if test "$word" = --foreground
            set command --foreground
        else if string match -q -- '-*' $word
            continue
        else if test -z "$command"
            set command $word
        else if contains -- $command ${[...FAMILIES].join(' ')}
            set command "$command $word"
        else
            set -a behind $word
        end
    end
    printf '%s\\n' "$command" $behind
end

function __git_remote_daemon_in
    set -l words (__git_remote_daemon_words)
    contains -- "$words[1]" $argv
end

# Whether $argv[1] words stand behind the command, and the first is $argv[2].
function __git_remote_daemon_at
    set -l words (__git_remote_daemon_words)
    test (count $words) -eq (math 1 + $argv[1]); or return 1
    test (count $argv) -lt 2; or test "$words[2]" = "$argv[2]"
end

# Those of $argv that do not stand there yet.
function __git_remote_daemon_others
    set -l words (__git_remote_daemon_words)
    for name in $argv
        contains -- $name $words[2..]; or echo $name
    end
end

function __git_remote_daemon_peers
    ${LIST_PEERS}
end

# fish's completion of git finds that of a program git-… of its own accord only in some versions of fish.
function __git_remote_daemon_by_git
    set -l words (commandline -opc)
    set -l at (contains -i -- remote-daemon $words); or return
    set -l behind
    test $at -lt (count $words); and set behind (string escape -- $words[(math $at + 1)..])
    complete -C (string join ' ' -- git-remote-daemon $behind (commandline -ct | string collect --allow-empty))
end

function __git_remote_daemon_git_is
    functions -q $argv[1]; and $argv
end

complete -c git -n '__git_remote_daemon_git_is __fish_git_needs_command' -a remote-daemon -d ${word(WHAT_IT_IS)}
complete -c git -f -n '__git_remote_daemon_git_is __fish_git_using_command remote-daemon' -a '(__git_remote_daemon_by_git)'
complete -c git-remote-daemon -f
${words(inCommand(''), FIRST_WORDS)}\
${[...FAMILIES].map((family) => words(inCommand(family), secondWords(family))).join('')}\
${words(`${inCommand('help')}; and __git_remote_daemon_at 0`, FIRST_WORDS)}\
${[...FAMILIES].map((family) => words(HELP_OF_FAMILY(family), secondWords(family))).join('')}\
${WITHOUT_COMMAND.map((option) => optionLine('', option)).join('')}\
${commandLines()}`;
