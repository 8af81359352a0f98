// Owns: which lines of the log a person is shown, and how: in his own time, and marked by how bad they are.
// Leaves: what a line is (shared/log-line.ts), and reading them (read-log.ts).
import { styleText } from 'node:util';
import { type LogLevel, type LogLine, readFileLine } from '../../shared/log-line.ts';
import { loggable } from '../../shared/printable.ts';

export interface LogChoice {
  /** Of remotes, or parts of the program; none stands for all. */
  readonly names: readonly string[];
  readonly sinceMs?: number;
}

export interface LogLook {
  readonly colours: boolean;
  /** Of another year the year is told. */
  readonly nowMs: number;
}

/** What is shown of each line, as they come in their order; undefined: it is not. */
export function createLogView({ names, sinceMs }: LogChoice, look: LogLook): (line: string) => string | undefined {
  const wanted = new Set(names.map(loggable));
  const isOf = ({ scope, text }: LogLine): boolean =>
    wanted.size === 0 || wanted.has(scope) || wanted.has(/^([^ ]+): /.exec(text)?.[1] ?? '');
  let shows = sinceMs === undefined && names.length === 0;
  return (line) => {
    const read = readFileLine(line);
    // What a process that crashed wrote goes with the line before it.
    if (read === undefined) return shows && names.length === 0 ? withIndent(line) : undefined;
    shows = isOf(read) && (sinceMs === undefined || read.atMs >= sinceMs);
    return shows ? shown(read, look) : undefined;
  };
}

/** What a person may name, as far as lines tell it. */
export function scopesIn(lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => readFileLine(line)?.scope ?? []));
}

/** That the level stands where one looks for it. */
const WORDS: Readonly<Record<LogLevel, string>> = { error: 'error: ', warn: 'warning: ', info: '', debug: 'debug: ' };
const COLOURS = { error: 'red', warn: 'yellow', info: 'reset', debug: 'dim' } as const satisfies Record<
  LogLevel,
  string
>;

function shown({ atMs, level, scope, text }: LogLine, { colours, nowMs }: LogLook): string {
  const said = `${scope}: ${WORDS[level]}${text}`;
  const marked = colours && level !== 'info' ? styleText(COLOURS[level], said, { validateStream: false }) : said;
  return `${localTime(new Date(atMs), new Date(nowMs))} ${marked}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function localTime(at: Date, now: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const year = at.getFullYear() === now.getFullYear() ? '' : ` ${at.getFullYear()}`;
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return `${MONTHS[at.getMonth()]} ${two(at.getDate())}${year} ${clock}`;
}

/** A stack is indented. */
const withIndent = (line: string): string => (/^ */.exec(line)?.[0] ?? '') + loggable(line);
