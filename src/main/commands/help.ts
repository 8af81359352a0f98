// Owns: what a user is told of the command line, made of the table of commands.
// Leaves: reading it (command-line.ts), the table (table/), breaking lines (wrapped.ts).
import type { CommandRow, OptionRow, WordRow } from './table/row.ts';
import { COMMANDS, GROUPS, OWN_OPTIONS, type Row } from './table/table.ts';
import { definitions, paragraph, wrapped } from './wrapped.ts';

const PROGRAM = 'git remote-daemon';

/** As the usage shows it. */
export function wordOf({ name, optional, many, choices }: WordRow): string {
  const shown = choices ? `(${choices.join('|')})` : name;
  return optional ? `[${shown}${many ? '...' : ''}]` : shown;
}

/** As the usage shows it, without its short name. */
export function optionOf({ name, value }: OptionRow): string {
  if (value === undefined) return name;
  const shown = value.choices ? `(${value.choices.join('|')})` : value.name;
  return value.absent === undefined ? `${name}=${shown}` : `${name}[=${shown}]`;
}

/** As a list of options shows it: `-n, --lines=N`. */
export const optionNames = (option: OptionRow): string =>
  `${option.short ? `${option.short}, ` : ''}${optionOf(option)}`;

/** What a command is called by, and what may stand behind it, one piece each: `['git remote-daemon status', '[--json]', '[REMOTE...]']` */
export function synopsis({ name, saidBy, options, words }: CommandRow): readonly string[] {
  return [`${PROGRAM} ${saidBy ?? name}`, ...options.map((each) => `[${optionOf(each)}]`), ...words.map(wordOf)];
}

const usage = (pieces: readonly string[], columns: number, isFirst = true): string =>
  wrapped(pieces, { columns, first: isFirst ? 'usage: ' : '   or: ', indent: 'usage: '.length + 4 });

const usagesOf = (rows: readonly Row[], columns: number): string =>
  rows.map((row, index) => usage(synopsis(row), columns, index === 0)).join('');

/** For a call that is wrong, of these commands where that is known. */
export function shortUsage(about: readonly Row[], columns: number): string {
  if (about.length > 0) return usagesOf(about, columns);
  return usage([PROGRAM, '[COMMAND]'], columns) + paragraph(`'${PROGRAM} help' names the commands.`, { columns });
}

/** The first page; or all about these commands. Lines are broken at `columns`. */
export function helpOf(about: readonly Row[], columns: number): string {
  const [row, ...others] = about;
  if (row === undefined) return firstPage(columns);
  if (others.length === 0) return commandPage(row, columns);
  return `${usagesOf(about, columns)}\n${commandList(about, columns)}\n${paragraph(MORE, { columns })}`;
}

const MORE = `'${PROGRAM} help COMMAND' tells all about one of them.`;

function commandPage(row: Row, columns: number): string {
  const paragraphs = [`${shownName(row)}: ${row.summary}.`, ...row.description];
  const parts = [
    usage(synopsis(row), columns),
    ...paragraphs.map((text) => (isToCopy(text) ? `${text}\n` : paragraph(text, { columns }))),
  ];
  const options = row.options.map((option) => [optionNames(option), option.summary] as const);
  if (options.length > 0) parts.push(`Options\n${definitions(options, columns)}`);
  return parts.join('\n');
}

/** A command, which stands in a line of its own, however long that is. */
export const isToCopy = (text: string): boolean => text.startsWith('    ');

const shownName = ({ name, saidBy }: Row): string => saidBy ?? name;

const commandList = (rows: readonly Row[], columns: number): string =>
  definitions(
    rows.map((row) => [shownName(row).padEnd(NAME_WIDTH), row.summary]),
    columns,
  );

/** The same in each group. */
const NAME_WIDTH = Math.max(...COMMANDS.map((row) => shownName(row).length));

function firstPage(columns: number): string {
  const text = (words: string): string => paragraph(words, { columns });
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const rows = COMMANDS.filter((row) => row.group === group);
    return text(title) + commandList(rows, columns) + (group === 'more' ? ownOptions(columns) : '');
  });
  return [
    usage([PROGRAM, '[COMMAND]', '[OPTION...]', '[WORD...]'], columns) +
      usage([`${PROGRAM} help`, 'COMMAND'], columns, false),
    text(WHAT),
    ...groups,
    `Examples\n${definitions(EXAMPLES, columns)}`,
    'To leave a remote alone\n    git config remote.NAME.remotedaemon false\n',
    `Exit status\n${definitions(EXIT_STATUSES, columns)}`,
  ].join('\n');
}

const ownOptions = (columns: number): string =>
  definitions(
    OWN_OPTIONS.map((option) => [optionNames(option).padEnd(NAME_WIDTH), option.summary]),
    columns,
  );

const WHAT =
  'Keeps a live link to each remote of this repository, and fetches as soon as branches or tags move there. It never touches your own branches, your index or your work tree.';

export const EXAMPLES = [
  [PROGRAM, 'start it in this repository'],
  [`${PROGRAM} status`, 'see how it is doing'],
  [`${PROGRAM} service install`, 'have it always on'],
] as const;

/** Of all commands. */
export const EXIT_STATUSES = [
  ['0', 'done'],
  ['1', 'the answer is no, such as: no daemon is running here'],
  ['128', 'it cannot be done, and why is said'],
  ['129', 'the command line is wrong'],
] as const;
