// Owns: what a user is told of the command line, made of the table of commands.
// Leaves: reading it (command-line.ts), the table (table/).
import type { CommandRow, OptionRow, WordRow } from './table/row.ts';
import { COMMANDS, GROUPS, type Row } from './table/table.ts';

export const word = ({ name, optional, many, choices }: WordRow): string => {
  const shown = choices ? `(${choices.join('|')})` : name;
  return optional ? `[${shown}${many ? '…' : ''}]` : shown;
};

export const option = ({ name, value }: OptionRow): string => {
  if (value === undefined) return name;
  const shown = value.choices ? `(${value.choices.join('|')})` : value.name;
  return value.absent === undefined ? `${name}=${shown}` : `${name}[=${shown}]`;
};

/** `git remote-daemon status [--json] [REMOTE…]` */
export const synopsis = ({ name, saidBy, options, words }: CommandRow): string =>
  ['git remote-daemon', saidBy ?? name, ...options.map((each) => `[${option(each)}]`), ...words.map(word)].join(' ');

/** For a call that is wrong. */
export function shortUsage(about: readonly Row[] = []): string {
  return about.length === 0
    ? 'usage: git remote-daemon [COMMAND]\n       git remote-daemon -h tells of each, and of its options\n'
    : about.map((row, index) => `${index === 0 ? 'usage:' : '   or:'} ${synopsis(row)}\n`).join('');
}

export function helpOf(about: readonly Row[] = []): string {
  if (about.length > 0) return about.map((row) => `usage: ${synopsis(row)}\n\n${row.summary}\n`).join('\n');
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const rows = COMMANDS.filter((row) => row.group === group);
    return `${title}\n${rows.map(({ name, saidBy, summary }) => `    ${(saidBy ?? name).padEnd(17)} ${summary}\n`).join('')}`;
  });
  return `usage: git remote-daemon [COMMAND]\n\n${groups.join('\n')}`;
}
