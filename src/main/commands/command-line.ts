// Owns: argv → what the user wants, by the table of commands.
// Leaves: the table (table/), what are words and what options (sorted-words.ts), doing it (dispatch.ts), what he is told (help.ts), the environment beyond GIT_DIR.
import { nearest } from '../../shared/nearest.ts';
import { OPTIONS, type SortedWords, sortWords } from './sorted-words.ts';
import type { OptionRow, ValueRow, WordRow } from './table/row.ts';
import { COMMANDS, type CommandName, FAMILIES, OWN_OPTIONS, type Row, rowNamed } from './table/table.ts';

/** A command as it was called, in accordance with its row. */
export interface Call {
  readonly command: Exclude<CommandName, 'help'>;
  readonly words: readonly string[];
  /** By their long names; without a value: `''`. */
  readonly options: ReadonlyMap<string, string>;
}

export type Command =
  | { readonly kind: 'call'; readonly call: Call }
  /** About these; none: about all. */
  | { readonly kind: 'help'; readonly about: readonly Row[] }
  | { readonly kind: 'version'; readonly buildOptions: boolean }
  | { readonly kind: 'control-path' }
  /** git calls it as the transport of `daemon::…` URLs, which it is not. */
  | { readonly kind: 'remote-helper' }
  /** `about`: which commands were meant, where that is clear. */
  | { readonly kind: 'wrong'; readonly why: string; readonly about: readonly Row[] };

/** Reads the arguments after the program's name. Never throws. */
export function parseCommandLine(args: readonly string[], env: { readonly GIT_DIR?: string | undefined }): Command {
  if (env.GIT_DIR !== undefined && isHelperCall(args)) return { kind: 'remote-helper' };
  const sorted = sortWords(args);
  const { words, options } = sorted;
  const topic = words[0] === 'help' ? words.slice(1) : words;
  if (options.has('--help') || topic !== words) return helpCommand({ words: topic, options });
  if (options.has('--version')) return { kind: 'version', buildOptions: options.has('--build-options') };
  if (options.has('--control-path')) return { kind: 'control-path' };
  const { row, rest } = rowOf(sorted);
  // No command is said, so that it is none of the one which that stands for.
  const isOdd = words.length === 0 && row?.saidBy === undefined && unknownOption(options) !== undefined;
  return row && !isOdd ? callOf(row, { words: rest, options }) : noCommand(sorted);
}

const unknownOption = (options: SortedWords['options']): string | undefined =>
  [...options.keys()].find((option) => !OPTIONS.some(({ name }) => name === option));

const BY_OPTION = COMMANDS.filter(({ saidBy }) => saidBy !== undefined);
const START = rowNamed('start');

/** Which command is said, and the words behind it. */
function rowOf({ words, options }: SortedWords): { readonly row?: Row | undefined; readonly rest: readonly string[] } {
  const byOption = BY_OPTION.find(({ saidBy }) => saidBy !== undefined && options.has(saidBy));
  if (byOption) return { row: byOption, rest: words };
  const [first, second] = words;
  if (first === undefined) return { row: START, rest: [] };
  return FAMILIES.has(first)
    ? { row: rowNamed(`${first} ${second}`), rest: words.slice(2) }
    : { row: rowNamed(first), rest: words.slice(1) };
}

function helpCommand(sorted: SortedWords): Command {
  const { words } = sorted;
  const { row } = rowOf(sorted);
  if (row && (words.length > 0 || row.saidBy !== undefined)) return { kind: 'help', about: [row] };
  const [first, second] = words;
  if (first === undefined) return { kind: 'help', about: [] };
  return second === undefined && FAMILIES.has(first) ? { kind: 'help', about: family(first) } : noCommand(sorted);
}

const family = (first: string): Row[] => COMMANDS.filter(({ name }) => name.startsWith(`${first} `));

function noCommand({ words: [first = '', second], options }: SortedWords): Command {
  const unknown = unknownOption(options);
  if (unknown !== undefined) return wrong(noOption(unknown, OPTIONS, 'there is no option'));
  if (!FAMILIES.has(first)) return wrong(`there is no command '${first}'${didYouMean(first, commandsMeantBy())}`);
  const members = family(first);
  const seconds = members.map(({ name }) => name.slice(first.length + 1));
  if (second === undefined) return wrong(`'${first}' needs ${either(seconds)}`, members);
  // What stands there may be a secret: it is not repeated.
  const meant = nearest(second, seconds);
  const says = meant === undefined ? `: it has ${either(seconds)}` : `; did you mean '${first} ${meant}'?`;
  return wrong(`'${first}' has no such command${says}`, members);
}

/** By what somebody may call it who does not know that it is the second of two words, or an option. */
function commandsMeantBy(): ReadonlyMap<string, string> {
  const meanings = new Map<string, string>(OWN_OPTIONS.map(({ name }) => [name.slice(2), name]));
  for (const { name, saidBy } of COMMANDS) {
    const [first = '', second] = name.split(' ');
    if (second !== undefined) meanings.set(second, name);
    else if (saidBy !== undefined) meanings.set(name, saidBy);
    if (saidBy === undefined) meanings.set(first, first);
  }
  // Its own name before what may be meant by it.
  for (const { name } of COMMANDS) if (rowNamed(name)) meanings.set(name, name);
  return meanings;
}

function didYouMean(said: string, meanings: ReadonlyMap<string, string>): string {
  const meant = nearest(said, [...meanings.keys()]);
  return meant === undefined ? '' : `; did you mean '${meanings.get(meant)}'?`;
}

/** Whether what was said is in accordance with the row. */
function callOf(row: Row, { words, options }: SortedWords): Command {
  const given = new Map<string, string>();
  for (const [name, value] of options) {
    const why = whyWrong(row, name, value);
    if (why !== undefined) return wrong(why, [row]);
    if (name === row.saidBy) continue;
    given.set(name, value ?? row.options.find((option) => option.name === name)?.value?.absent ?? '');
  }
  const why = whyWordsWrong(row, words);
  if (why !== undefined) return wrong(why, [row]);
  const { name: command } = row;
  return command === 'help' ? { kind: 'help', about: [] } : { kind: 'call', call: { command, words, options: given } };
}

const shown = ({ name, saidBy }: Row): string => saidBy ?? `'${name}'`;

function whyWrong(row: Row, name: string, value: string | undefined): string | undefined {
  const option = name === row.saidBy ? { name, summary: row.summary } : row.options.find((each) => each.name === name);
  if (option === undefined) {
    if (OPTIONS.some((each) => each.name === name)) return `${shown(row)} has no option '${name}'`;
    return noOption(name, row.options, `${shown(row)} has no option`);
  }
  const { value: wanted }: OptionRow = option;
  if (wanted === undefined) return value === undefined ? undefined : `${name} has no value`;
  if (value === undefined && wanted.absent !== undefined) return undefined;
  if (value === undefined || value === '') return needsValue(name, wanted);
  if (wanted.choices && !wanted.choices.includes(value))
    return `${name} must be ${either(wanted.choices)}, not '${value}'`;
  if (wanted.number && !isWithin(value, wanted.number)) return `${name} must be ${wanted.number.what}, not '${value}'`;
  return undefined;
}

const needsValue = (name: string, value: ValueRow): string =>
  `${name} needs a value: ${either((value.choices ?? [value.name]).map((choice) => `${name}=${choice}`))}`;

const either = (choices: readonly string[]): string => choices.join(', ').replace(/, ([^,]*)$/, ' or $1');

const isWithin = (text: string, { least, most }: { readonly least: number; readonly most: number }): boolean =>
  /^\d{1,12}$/.test(text) && Number(text) >= least && Number(text) <= most;

function noOption(name: string, among: readonly OptionRow[], says: string): string {
  // What cannot be a name of one may be a secret.
  const told = /^--?[\w.-]{1,30}$/.test(name) ? name : '-…';
  return `${says} '${told}'${didYouMean(name, new Map(among.map((option) => [option.name, option.name])))}`;
}

function whyWordsWrong(row: Row, words: readonly string[]): string | undefined {
  const last = row.words.at(-1);
  if (words.length > row.words.length && !last?.many) {
    const extra = words[row.words.length];
    // An invitation is a secret, whichever command of its family it was given to.
    return row.group === 'peers' ? `there is a word too many behind ${shown(row)}` : `'${extra}' is one word too many`;
  }
  const missing = row.words.slice(words.length).find(({ optional }) => !optional);
  if (missing !== undefined) return `${shown(row)} needs ${missing.choices ? either(missing.choices) : missing.name}`;
  for (const [index, word] of words.entries()) {
    const { choices }: Partial<WordRow> = row.words[index] ?? {};
    if (choices && !choices.includes(word)) return `${shown(row)} needs ${either(choices)}, not '${word}'`;
  }
  return undefined;
}

const wrong = (why: string, about: readonly Row[] = []): Command => ({ kind: 'wrong', why, about });

/**
 * gitremote-helpers(7): a remote's name and its URL, which may look like an option (`daemon::--json`). git reads what is
 * said on stdout, so this comes before all else. GIT_DIR is set where a user calls it, too: by `git --git-dir`, in an
 * alias, a hook, `git submodule foreach`. An option in the first place cannot be a name that git was given, and nobody
 * names a remote by a command of ours and gives it a URL that fits behind that: no remote's name has a colon.
 */
function isHelperCall(args: readonly string[]): boolean {
  const [first = '', second = ''] = args;
  if (args.length !== 2 || first.startsWith('-')) return false;
  if (FAMILIES.has(first)) return !second.startsWith('-') && rowNamed(`${first} ${second}`) === undefined;
  const row = rowNamed(first);
  if (row === undefined) return true;
  const [word] = row.words;
  const fits = word !== undefined && (word.kind === 'directory' || !second.includes(':'));
  return !(second.startsWith('-') || fits);
}
