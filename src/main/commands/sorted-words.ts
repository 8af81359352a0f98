// Owns: which of the arguments are words, which are options, and what values these were given.
// Leaves: what they mean, and whether they may stand there (command-line.ts).
import type { OptionRow } from './table/row.ts';
import { COMMANDS, OWN_OPTIONS } from './table/table.ts';

export interface SortedWords {
  readonly words: readonly string[];
  /** By their long names, or as they were written where there is none such. */
  readonly options: ReadonlyMap<string, string | undefined>;
}

/** Of all commands: one name is the same kind of option in each. */
export const OPTIONS: readonly OptionRow[] = [...OWN_OPTIONS, ...COMMANDS.flatMap(({ options }) => options)];

/** Behind `--` are words only. */
export function sortWords(args: readonly string[]): SortedWords {
  const words: string[] = [];
  const options = new Map<string, string | undefined>();
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    if (arg === '--') return { words: [...words, ...left], options };
    // A single dash stands for stdin, as for other programs.
    if (arg === '-' || !arg.startsWith('-')) {
      words.push(arg);
      continue;
    }
    const { name, option, given, more } = optionIn(arg);
    if (more !== undefined) left.unshift(more);
    // What looks like an option is none's value.
    const takesNext = given === undefined && option !== undefined && needsOne(option) && !/^-./.test(left[0] ?? '-x');
    options.set(option?.name ?? name, takesNext ? left.shift() : given);
  }
  return { words, options };
}

interface OptionWord {
  readonly name: string;
  readonly option: OptionRow | undefined;
  readonly given?: string | undefined;
  /** The other options of one letter that were written behind the same dash. */
  readonly more?: string;
}

const needsOne = ({ value }: OptionRow): boolean => value !== undefined && value.absent === undefined;

/** `--lines=5`, `-n5`, `-fn5`, `--follow` */
function optionIn(arg: string): OptionWord {
  const [, letter = '', behind] = /^(-[^-])(.+)$/s.exec(arg) ?? [];
  const short = OPTIONS.find((option) => option.short === letter);
  if (short && behind !== undefined) {
    return needsOne(short)
      ? { name: short.name, option: short, given: behind }
      : { name: short.name, option: short, more: `-${behind}` };
  }
  const [, name = arg, given] = /^(--[^=]+)=(.*)$/s.exec(arg) ?? [];
  return { name, option: OPTIONS.find((option) => option.name === name || option.short === name), given };
}
