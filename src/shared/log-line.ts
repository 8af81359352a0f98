// Owns: what a line of the log is: its levels, how it stands in the file and in systemd's journal, and reading it again.
// Leaves: writing lines (main/log), and showing them to a person (main/commands/render-log.ts).
import { loggable } from './printable.ts';

/** What is wrong, for information, and what is done and why. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface LogLine {
  readonly atMs: number;
  readonly level: LogLevel;
  /** A remote's name, or a part of the program. */
  readonly scope: string;
  readonly text: string;
}

/** Of each level: how bad it is, as syslog(3) counts, which is what journald understands (sd-daemon(3)). */
const PRIORITIES: Readonly<Record<LogLevel, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

/** Whether lines of a level are shown where the least that is shown is another. */
export const isShown = (level: LogLevel, least: LogLevel): boolean => PRIORITIES[level] <= PRIORITIES[least];

/** With its end. The time is in UTC, so that programs can compare it. */
export const fileLine = ({ atMs, level, scope, text }: LogLine): string =>
  `${new Date(atMs).toISOString()} ${level.padEnd(5)} ${loggable(scope)}: ${loggable(text)}\n`;

/** journald notes the time by itself. */
export const journalLine = ({ level, scope, text }: LogLine): string =>
  `<${PRIORITIES[level]}>${loggable(scope)}: ${loggable(text)}\n`;

const FILE_LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (error|warn|info|debug) +(.*?): (.*)$/;

/** Without its end; undefined: it is none of ours, but what the process wrote to its stderr by itself, as when it crashed. */
export function readFileLine(line: string): LogLine | undefined {
  const [, at = '', level, scope = '', text = ''] = FILE_LINE.exec(line) ?? [];
  return level === undefined ? undefined : { atMs: Date.parse(at), level: level as LogLevel, scope, text };
}
