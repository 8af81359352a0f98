// Owns: the completion for bash: a function that git's own completion finds, and the same for the program's own name.
// Leaves: what is completed (offered.ts).

import type { OptionRow } from '../table/row.ts';
import { COMMANDS, FAMILIES } from '../table/table.ts';
import { calledBy, FIRST_WORDS, LIST_PEERS, quoted, secondWords, VALUED, WITHOUT_COMMAND } from './offered.ts';

const names = (options: readonly OptionRow[]): string =>
  options
    .flatMap(({ name, short, value }) => [
      `${name}${value === undefined || value.absent !== undefined ? '' : '='}`,
      ...(short === undefined ? [] : [short]),
    ])
    .join(' ');

/** The kind of each word in turn; `*` behind the last: any number of it. */
function kinds({ words }: (typeof COMMANDS)[number]): string {
  return words.map(({ kind, many, choices }) => (choices ? choices.join('|') : `${kind}${many ? '*' : ''}`)).join(' ');
}

const rowLines = (): string =>
  COMMANDS.map(
    (row) => `\t${quoted(calledBy(row))}) options='${names(row.options)} --help' kinds=${quoted(kinds(row))} ;;\n`,
  ).join('');

function valueLines(): string {
  const lines = COMMANDS.flatMap((row) =>
    row.options.flatMap(({ name, short, value }) =>
      value?.choices
        ? [
            `\t${[name, short].flatMap((each) => (each ? quoted(`${calledBy(row)} ${each}`) : [])).join('|')}) printf '%s\\n' ${value.choices.join(' ')} ;;\n`,
          ]
        : [],
    ),
  );
  return lines.join('');
}

const familyLines = (): string =>
  [...FAMILIES]
    .map(
      (family) =>
        `\t${family}) printf '%s\\n' ${secondWords(family)
          .map(({ word }) => word)
          .join(' ')} ;;\n`,
    )
    .join('');

/** No `compgen -W`: it expands what is offered, and the name of a remote is whatever a repository's config says. */
export const bashCompletion = (): string => `\
# bash completion of 'git remote-daemon', by git's own completion, and of 'git-remote-daemon'.
# Made by 'git remote-daemon completion bash' of the program's own table of commands.

__git_remote_daemon_row ()
{
	case "$1" in
${rowLines()}	'') options='${names(WITHOUT_COMMAND)}' kinds='first' ;;
	*) options='--help' kinds='' ;;
	esac
}

__git_remote_daemon_values ()
{
	case "$1 $2" in
${valueLines()}	' --remote-id') __git_remote_daemon_values start --remote-id ;;
	esac
}

__git_remote_daemon_second ()
{
	case "$1" in
${familyLines()}	esac
}

# Prints what may stand for a word of kind $1, one a line.
__git_remote_daemon_words ()
{
	case "$1" in
	first) printf '%s\\n' ${FIRST_WORDS.map(({ word }) => word).join(' ')} ;;
	second) __git_remote_daemon_second "$command" ;;
	remote)
		if declare -F __git >/dev/null; then __git remote; else git remote 2>/dev/null; fi ;;
	peer)
		${LIST_PEERS} ;;
	directory) compgen -d -S / -- "$cur" ;;
	*'|'*) printf '%s\\n' "$1" | tr '|' '\\n' ;;
	esac
}

# Offers the lines of stdin that begin with $1 and are not in $2.
__git_remote_daemon_offer ()
{
	local line
	while IFS= read -r line; do
		case "$2" in *" $line "*) continue ;; esac
		case "$line" in
		"$1"*[=/]) COMPREPLY+=("$(printf '%q' "$line")") ;;
		"$1"*) COMPREPLY+=("$(printf '%q' "$line") ") ;;
		esac
	done
}

# Completes \${words[cword]}, which is $cur; $1: the index of the first word behind the program.
__git_remote_daemon ()
{
	local i=$1 command='' behind=' ' count=0 ended='' expects='' help='' options kinds kind word
	COMPREPLY=()
	while [ "$i" -lt "$cword" ]; do
		word="\${words[i]}"
		i=$((i + 1))
		case "$ended$word" in
		--) ended=1 ;;
		--foreground) command=--foreground ;;
		-*)
			case ${quoted(` ${VALUED.join(' ')} `)} in
			*" $word "*)
				[ "$i" = "$cword" ] && expects="$word"
				i=$((i + 1)) ;;
			esac ;;
		*)
			case "$command" in
			'') if [ "$word" = help ] && [ -z "$help" ]; then help=1; else command="$word"; fi ;;
			${[...FAMILIES].join('|')}) command="$command $word" ;;
			*) behind="$behind$word " count=$((count + 1)) ;;
			esac ;;
		esac
	done
	if [ -n "$expects" ]; then
		__git_remote_daemon_offer "$cur" '' < <(__git_remote_daemon_values "$command" "$expects")
		return
	fi
	case "$command" in
	${[...FAMILIES].join('|')}) options='--help' kinds='second' ;;
	*) __git_remote_daemon_row "$command" ;;
	esac
	case "$ended$cur" in
	--*=*)
		local value="\${cur#*=}"
		__git_remote_daemon_offer "$value" '' < <(__git_remote_daemon_values "$command" "\${cur%%=*}")
		case "$COMP_WORDBREAKS" in *=*) ;; *) COMPREPLY=("\${COMPREPLY[@]/#/\${cur%%=*}=}") ;; esac
		return ;;
	-*)
		__git_remote_daemon_offer "$cur" '' < <(printf '%s\\n' $options)
		return ;;
	esac
	if [ -n "$help" ]; then
		case "$kinds" in first|second) ;; *) return ;; esac
	fi
	for kind in $kinds; do
		case "$count:$kind" in
		0:*|*:*'*')
			__git_remote_daemon_offer "$cur" "$behind" < <(__git_remote_daemon_words "\${kind%'*'}")
			return ;;
		esac
		count=$((count - 1))
	done
}

# Called by git's completion, which has set words, cword and cur.
_git_remote_daemon ()
{
	local first="\${__git_cmd_idx-}"
	if [ -z "$first" ]; then
		first=1
		while [ "$first" -lt "$cword" ] && [ "\${words[first]}" != remote-daemon ]; do first=$((first + 1)); done
	fi
	__git_remote_daemon $((first + 1))
}

# The same for the program's own name. bash cuts words at '='.
__git_remote_daemon_program ()
{
	local words=() cword=-1 cur i
	for ((i = 0; i <= COMP_CWORD; i++)); do
		case "\${COMP_WORDS[i]}:\${COMP_WORDS[i > 0 ? i - 1 : 0]}" in
		=*|*:=) words[cword]+="\${COMP_WORDS[i]}" ;;
		*) words[++cword]="\${COMP_WORDS[i]}" ;;
		esac
	done
	cur="\${words[cword]}"
	__git_remote_daemon 1
}
complete -o nospace -F __git_remote_daemon_program git-remote-daemon
`;
