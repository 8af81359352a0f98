// Owns: what a command said in each of many repositories, as one line each, or for programs, and the exit status of all.
// Leaves: running it there (in-each.ts).
import { plainJson, printable } from '../../../shared/printable.ts';

export interface Told {
  readonly top: string;
  /** Its exit status. */
  readonly status: number;
  readonly out: string;
  /** What it wrote to stderr, or why it was not run. */
  readonly error: string;
}

/** The path, and the first thing that was said: of one that failed, why. */
export function lineOf({ top, status, out, error }: Told): string {
  const [first] = [...(status > 1 ? [error, out] : [out, error])].map(firstLine).filter((line) => line !== '');
  return `${printable(top)}: ${first ?? (status === 0 ? 'done' : `exit status ${status}`)}`;
}

/** Of `status --short`: all that was said, each line behind the path. Nothing is said where none runs. */
export function linesOf(told: Told): string {
  const lines = told.out.split('\n').filter((line) => line !== '');
  const said = lines.length > 0 || told.status !== 1 || told.error !== '' ? lines : ['not-running'];
  return said.length === 0 ? lineOf(told) : said.map((out) => lineOf({ ...told, status: 0, out })).join('\n');
}

const firstLine = (text: string): string => {
  const line = text.split('\n').find((each) => each.trim() !== '') ?? '';
  return printable(line.replace(/^(?:fatal|error|warning): /, ''));
};

/** Of `--json`: what each printed, by its repository; null: nothing that is JSON. */
export function jsonOfAll(all: readonly Told[]): string {
  const repositories = all.map(({ top, status, out, error }) => {
    const why = firstLine(error);
    return { repository: top, status: parsed(out), exitStatus: status, ...(why !== '' && { error: why }) };
  });
  return `${plainJson({ version: 1, repositories }, 2)}\n`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** 1 where any is not well; 2 where all there is to say is that somewhere a remote is down (`--exit-code`). */
export function worstStatus(all: readonly Told[]): number {
  const bad = all.filter(({ status }) => status !== 0);
  return bad.some(({ status }) => status !== 2) ? 1 : bad.length > 0 ? 2 : 0;
}
