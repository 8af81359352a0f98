// Owns: argv → what the user wants, by the table of commands.
// Leaves: the table (table/), doing it (dispatch.ts), what he is told (help.ts), the environment beyond GIT_DIR.
import { nearest } from '../../shared/nearest.ts';
import type { OptionRow, WordRow } from './table/row.ts';
import { COMMANDS, type CommandName, FAMILIES, OWN_OPTIONS, type Row, rowNamed } from './table/table.ts';

/** A command as it was called, in accordance with its row. */
export interface Call {
  readonly command: CommandName;
  readonly words: readonly string[];
  /** By their long names; without a value: `''`. */
  readonly options: ReadonlyMap<string, string>;
}

export type Command =
  | { readonly kind: 'call'; readonly call: Call }
  /** `of`: about one command. */
  | { readonly kind: 'help'; readonly of?: Row }
  | { readonly kind: 'version'; readonly buildOptions: boolean }
  | { readonly kind: 'control-path' }
  /** git calls it as the transport of `daemon::…` URLs, which it is not. */
  | { readonly kind: 'remote-helper' }
  /** `of`: which command was meant, where that is clear. */
  | { readonly kind: 'wrong'; readonly why: string; readonly of?: Row };

interface Words {
  readonly words: readonly string[];
  /** By their long names, or as they were written where there is none such. */
  readonly options: ReadonlyMap<string, string | undefined>;
}

const OPTIONS: readonly OptionRow[] = [...OWN_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)];

/** Reads the arguments after the program's name. Never throws. */
export function parseCommandLine(args: readonly string[], env: { readonly GIT_DIR?: string | undefined }): Command {
  const sorted = sortWords(args);
  const { words, options } = sorted;
  if (env.GIT_DIR !== undefined && isHelperCall(args)) return { kind: 'remote-helper' };
  const isForeground = options.has('--foreground');
  const row = isForeground ? FOREGROUND : rowOf(words);
  if (options.has('--help')) return { kind: 'help', ...(row && words.length > 0 && { of: row }) };
  if (options.has('--version')) return { kind: 'version', buildOptions: options.has('--build-options') };
  if (options.has('--control-path')) return { kind: 'control-path' };
  if (row === undefined) return noCommand(sorted);
  const rest = { words: isForeground ? words : words.slice(row.name.split(' ').length), options };
  return row.name === 'help' ? helpCommand(row, rest) : callOf(row, rest);
}

const FOREGROUND = COMMANDS.find(({ saidBy }) => saidBy === '--foreground');
const START = rowNamed('start');

function rowOf([first, second]: readonly string[]): Row | undefined {
  if (first === undefined) return START;
  return FAMILIES.has(first) ? rowNamed(`${first} ${second}`) : rowNamed(first);
}

function noCommand({ words: [first = '', second], options }: Words): Command {
  const unknown = [...options.keys()].find((option) => !OPTIONS.some(({ name }) => name === option));
  if (unknown !== undefined) return wrong(noOption(unknown, OPTIONS, 'there is no option'));
  if (FAMILIES.has(first)) {
    const members = COMMANDS.flatMap(({ name }) => (name.startsWith(`${first} `) ? name.slice(first.length + 1) : []));
    const of = COMMANDS.find(({ name }) => name.startsWith(`${first} `));
    const one = members.join(', ').replace(/, ([^,]*)$/, ' or $1');
    // What stands there may be a secret: it is not repeated.
    return wrong(
      second === undefined ? `'${first}' needs ${one}` : `'${first}' has no such command: it has ${one}`,
      of,
    );
  }
  const meant = nearest(first, [...COMMANDS.flatMap(({ name, saidBy }) => (saidBy ? [] : (name.split(' ')[0] ?? [])))]);
  return wrong(`there is no command '${first}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`);
}

function helpCommand(row: Row, { words, options }: Words): Command {
  if (words.length === 0) return options.size === 0 ? { kind: 'help' } : callOf(row, { words, options });
  const of = rowOf(words);
  return of ? { kind: 'help', of } : noCommand({ words, options });
}

/** Whether what was said is in accordance with the row. */
function callOf(row: Row, { words, options }: Words): Command {
  for (const [name, value] of options) {
    const why = name === row.saidBy ? undefined : whyWrong(row, name, value);
    if (why !== undefined) return wrong(why, row);
  }
  const why = whyWordsWrong(row, words);
  if (why !== undefined) return wrong(why, row);
  const given = [...options].flatMap(([name, value]) => (name === row.saidBy ? [] : [[name, value ?? ''] as const]));
  return { kind: 'call', call: { command: row.name, words, options: new Map(given) } };
}

const shown = ({ name, saidBy }: Row): string => saidBy ?? `'${name}'`;

function whyWrong(row: Row, name: string, value: string | undefined): string | undefined {
  const option = row.options.find((each) => each.name === name);
  if (option === undefined) {
    if (OPTIONS.some((each) => each.name === name)) return `${shown(row)} has no option '${name}'`;
    return noOption(name, row.options, `${shown(row)} has no option`);
  }
  const { value: wanted } = option;
  if (wanted === undefined) return value === undefined ? undefined : `${name} has no value`;
  if (value === undefined || value === '') return wanted.absent === undefined ? needsValue(option) : undefined;
  if (wanted.choices && !wanted.choices.includes(value))
    return `${name} must be ${either(wanted.choices)}, not '${value}'`;
  if (wanted.number && !isWithin(value, wanted.number)) return `${name} must be ${wanted.number.what}, not '${value}'`;
  return undefined;
}

const needsValue = ({ name, value }: OptionRow): string =>
  `${name} needs a value: ${either((value?.choices ?? [value?.name ?? '']).map((choice) => `${name}=${choice}`))}`;

const either = (choices: readonly string[]): string => choices.join(', ').replace(/, ([^,]*)$/, ' or $1');

const isWithin = (text: string, { least, most }: { readonly least: number; readonly most: number }): boolean =>
  /^\d{1,12}$/.test(text) && Number(text) >= least && Number(text) <= most;

function noOption(name: string, among: readonly OptionRow[], says: string): string {
  const meant = nearest(
    name,
    among.map((option) => option.name),
  );
  return `${says} '${name}'${meant === undefined ? '' : `; did you mean '${meant}'?`}`;
}

function whyWordsWrong(row: Row, words: readonly string[]): string | undefined {
  const last = row.words.at(-1);
  if (words.length > row.words.length && !last?.many) {
    const extra = words[row.words.length];
    return row.words.some(({ secret }) => secret)
      ? `there is a word too many behind ${shown(row)}`
      : `'${extra}' is one word too many`;
  }
  const missing = row.words.slice(words.length).find(({ optional }) => !optional);
  if (missing !== undefined) return `${shown(row)} needs ${missing.choices ? either(missing.choices) : missing.name}`;
  for (const [index, word] of words.entries()) {
    const { choices }: Partial<WordRow> = row.words[index] ?? {};
    if (choices && !choices.includes(word)) return `${shown(row)} needs ${either(choices)}, not '${word}'`;
  }
  return undefined;
}

const wrong = (why: string, of?: Row): Command => ({ kind: 'wrong', why, ...(of && { of }) });

/**
 * gitremote-helpers(7): a remote's name and its URL, which may look like an option (`daemon::--json`). git reads what is
 * said on stdout, so this comes before all else. GIT_DIR is set where a user calls it, too: by `git --git-dir`, in an
 * alias, a hook, `git submodule foreach`. An option in the first place cannot be a name that git was given, and nobody
 * names a remote by a command of ours and gives it a URL that fits behind that.
 */
function isHelperCall(args: readonly string[]): boolean {
  const [first = '', second = ''] = args;
  if (args.length !== 2 || first.startsWith('-')) return false;
  if (FAMILIES.has(first)) return rowNamed(`${first} ${second}`) === undefined;
  const row = rowNamed(first);
  if (row === undefined) return true;
  return !(second.startsWith('-') || (row.words.length > 0 && !/[:/]/.test(second)) || row.name === 'annex-wrapper');
}

function sortWords(args: readonly string[]): Words {
  const words: string[] = [];
  const options = new Map<string, string | undefined>();
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    // A single dash stands for stdin, as for other programs.
    if (arg === '-' || !arg.startsWith('-')) {
      words.push(arg);
      continue;
    }
    const [, name = arg, given] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? /^(-n)(\d+)$/.exec(arg) ?? [];
    const option = OPTIONS.find((each) => each.name === name || each.short === name);
    const takesNext = option?.value && option.value.absent === undefined && given === undefined;
    // What looks like an option is none's value.
    const next = takesNext && left[0] !== undefined && !/^-./.test(left[0]) ? left.shift() : undefined;
    options.set(option?.name ?? name, given ?? next);
  }
  return { words, options };
}
