// Owns: what a shell offers for the beginning of a line, asked of the shell itself with its own completion of git.
// Leaves: what it should offer (completion.test.ts).
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LIMIT_MS } from '../../support/next-line.ts';
import type { Scratch, TestRepo } from '../../support/temp-repo.ts';

const CLI = fileURLToPath(new URL('../../../dist/main/cli.js', import.meta.url));
const run = promisify(execFile);

export interface ShellPlace {
  readonly scratch: Scratch;
  readonly repo: TestRepo;
}

/** For each line, what is offered at its end, sorted. */
export type Complete = (...lines: readonly string[]) => Promise<readonly (readonly string[])[]>;

type Shell = 'bash' | 'zsh' | 'fish';

/** How the script is put in use, below $HOME, with its text. */
export interface SetUp {
  readonly file: string;
  /** In what the shell reads first. */
  readonly first?: string;
}

/** A shell of a user who has set up the completion so. */
export async function completeIn(
  shell: Shell,
  { scratch, repo }: ShellPlace,
  { file, first = '' }: SetUp,
): Promise<Complete> {
  const { home } = scratch;
  const bin = join(home, 'bin');
  mkdirSync(bin, { recursive: true });
  symlinkSync(CLI, join(bin, 'git-remote-daemon'));
  const env = { ...scratch.env, PATH: `${bin}:${scratch.env.PATH}`, TERM: 'dumb', LC_ALL: 'C.UTF-8' };
  const { stdout } = await run('git', ['remote-daemon', 'completion', shell], { env, cwd: repo.directory });
  mkdirSync(dirname(join(home, file)), { recursive: true });
  writeFileSync(join(home, file), stdout);
  const [script, ...words] = SHELLS[shell];
  const program = join(home, `complete.${shell}`);
  writeFileSync(program, script);
  writeFileSync(join(home, 'first'), `${first.replaceAll('FILE', join(home, file))}\n`);
  return async (...lines) => {
    const asked = await run(words[0] ?? shell, [...words.slice(1), program, join(home, 'first'), ...lines], {
      ...{ env, cwd: repo.directory, timeout: LIMIT_MS },
    });
    return answers(asked.stdout);
  };
}

/** One answer a line, the answers to a line behind `=`. */
function answers(text: string): string[][] {
  const [, ...each] = text.split(/^=$/m);
  return each.map((part) =>
    [
      ...new Set(
        part
          .split('\n')
          .map((line) => line.trim())
          .filter((line) => line !== ''),
      ),
    ].sort(),
  );
}

/** As readline calls it: with the words of the line, cut at `=` as well. */
const BASH = `\
. /usr/share/bash-completion/bash_completion
. /usr/share/bash-completion/completions/git
. "$1"
shift
for COMP_LINE; do
  COMP_POINT=\${#COMP_LINE}
  read -ra COMP_WORDS <<< "\${COMP_LINE//=/ = }"
  [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  complete -p "\${COMP_WORDS[0]}" >/dev/null 2>&1 || _completion_loader "\${COMP_WORDS[0]}"
  [[ $(complete -p "\${COMP_WORDS[0]}") =~ -F\\ ([^ ]+) ]] && "\${BASH_REMATCH[1]}" "\${COMP_WORDS[0]}"
  printf '=\\n'
  printf '%s\\n' "\${COMPREPLY[@]}"
done
`;

const FISH = `\
source $argv[1]
for line in $argv[2..]
  echo =
  complete -C $line | string replace -r '\\t.*' ''
end
true
`;

/** A zsh in a terminal of its own, which is typed to. What it would show is told by its compadd. */
const ZSH = `\
zmodload zsh/zpty
zpty shell zsh -f -i
cat >$1.inner <<'END'
PROMPT= PS2=
unset zle_bracketed_paste
fpath=($HOME/functions $fpath)
autoload -Uz compinit
compinit -u -D
bindkey '^I' complete-word
bindkey '^U' kill-whole-line
compadd () {
  local -a hits
  local hit
  if [[ " \${(j: :)@[1,(i)(-|--)]} " != *' -'[OAD]' '* ]]; then
    builtin compadd -A hits "$@"
    for hit in $hits; do print -r -- $'\\n'"<HIT>$hit<HIT>"; done
  fi
  builtin compadd "$@"
}
completed () { print -r -- $'\\n<END>'; comppostfuncs=(completed) }
comppostfuncs=(completed)
END
cat $1 >>$1.inner
print -r -- 'zle-line-init () { print "<RE""ADY>"; zle -D zle-line-init }; zle -N zle-line-init' >>$1.inner
zpty -w shell "source $1.inner"
shift
local got
while zpty -r shell got && [[ $got != *'<READY>'* ]]; do :; done
for line; do
  print =
  zpty -w -n shell "$line"$'\\t'
  while zpty -r shell got && [[ $got != *'<END>'* ]]; do
    [[ $got == *'<HIT>'*'<HIT>'* ]] && print -r -- "\${\${got#*<HIT>}%%<HIT>*}"
  done
  zpty -w -n shell $'\\C-u'
done
zpty -d shell
`;

const SHELLS: Readonly<Record<Shell, readonly [script: string, ...command: string[]]>> = {
  bash: [BASH, 'bash', '--norc'],
  zsh: [ZSH, 'zsh', '-f'],
  fish: [FISH, 'fish'],
};
