// Owns: what a user is told of the command line, made of the table of commands.
// Leaves: reading it (command-line.ts), the manual (manual.ts), the table (table/).
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
export function shortUsage(of?: Row): string {
  return of === undefined
    ? 'usage: git remote-daemon [COMMAND]\n       git remote-daemon -h tells of each, and of its options\n'
    : `usage: ${synopsis(of)}\n`;
}

export function helpOf(of?: Row): string {
  if (of) return `usage: ${synopsis(of)}\n\n${of.summary}\n`;
  return Object.entries(GROUPS)
    .map(([group, title]) => {
      const rows = COMMANDS.filter((row) => row.group === group);
      return `${title}\n${rows.map(({ name, saidBy, summary }) => `    ${(saidBy ?? name).padEnd(17)} ${summary}\n`).join('')}`;
    })
    .join('\n');
}
