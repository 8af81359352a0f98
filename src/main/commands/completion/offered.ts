// Owns: what the scripts of all shells offer alike: the table in the order and the pieces in which a shell completes it.
// Leaves: each shell's own language (bash.ts, zsh.ts, fish.ts).
import type { OptionRow } from '../table/row.ts';
import { COMMANDS, FAMILIES, OWN_OPTIONS, type Row } from '../table/table.ts';

export interface Offered {
  readonly word: string;
  readonly summary: string;
}

/** The first words; of a family one, with all its commands for a summary. */
export const FIRST_WORDS: readonly Offered[] = [
  ...COMMANDS.flatMap(({ name, saidBy, summary }) =>
    saidBy === undefined && !name.includes(' ') ? [{ word: name, summary }] : [],
  ),
  ...[...FAMILIES].map((word) => ({
    word,
    summary: secondWords(word)
      .map((each) => each.word)
      .join(', '),
  })),
];

/** Those behind the first word of a family. */
export function secondWords(family: string): Offered[] {
  return COMMANDS.flatMap(({ name, summary }) =>
    name.startsWith(`${family} `) ? [{ word: name.slice(family.length + 1), summary }] : [],
  );
}

/** What is said without a command: our own options, those of `start`, and the commands that are options. */
export const WITHOUT_COMMAND: readonly OptionRow[] = [
  ...OWN_OPTIONS,
  ...COMMANDS.flatMap(({ saidBy, summary }) => (saidBy === undefined ? [] : [{ name: saidBy, summary }])),
  ...COMMANDS.flatMap(({ name, options }) => (name === 'start' ? options : [])),
];

/** By what a script knows a command. */
export const calledBy = ({ name, saidBy }: Row): string => saidBy ?? name;

/** Those whose value may stand in the next word, in each command, by all their names. */
export const VALUED: readonly string[] = [
  ...new Set(
    COMMANDS.flatMap(({ options }) => options).flatMap(({ name, short, value }) =>
      value === undefined || value.absent !== undefined ? [] : [name, ...(short === undefined ? [] : [short])],
    ),
  ),
];

/** Prints the names of peers, one a line, in any shell. */
export const LIST_PEERS = `git-remote-daemon peer list --json 2>/dev/null | sed -n 's/^ *"name": "\\(.*\\)",*$/\\1/p'`;

/** A text as one word of bash and zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

export const WHAT_IT_IS = 'keep a live link to each remote, and fetch as soon as something moves there';
