// Owns: waiting for the next line that matches, within a limit, and telling what was seen when it does not come.
// Leaves: where lines come from (daemon.ts, the ssh peers).
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/**
 * Generous: it is only ever waited out by a test that fails. Shorter than the interval of polling, so that nothing is
 * taken for told at once that was only found by that.
 */
export const LIMIT_MS = 40_000;

export type LineMatch = string | RegExp | ((line: string) => boolean);

export interface SeenLine {
  readonly text: string;
  /** `performance.now()` when it came. */
  readonly atMs: number;
}

export interface LineLog {
  readonly push: (line: string) => void;
  /** No more lines will come; waits that are open fail at once. */
  readonly end: (why: string) => void;
  readonly seen: readonly SeenLine[];
  /** The first line not handed out before that matches (a string: the whole line), or the next one to come. */
  readonly next: (match: LineMatch, limitMs?: number) => Promise<SeenLine>;
  /** From here on only lines still to come are handed out. */
  readonly forget: () => void;
  /** Tells of every line from here on, as it comes. */
  readonly listen: (listener: (line: SeenLine) => void) => void;
  /** How many of the lines seen so far match, handed out or not. */
  readonly count: (match: LineMatch) => number;
}

interface Wait {
  readonly matches: (line: string) => boolean;
  readonly found: (line: SeenLine) => void;
  readonly failed: (why: string) => void;
}

/** A log of lines that can be waited on. `context` is asked for more to say when a wait fails. */
export function createLineLog(title: string, context: () => string = () => ''): LineLog {
  const seen: SeenLine[] = [];
  const free = new Set<SeenLine>();
  const waits = new Set<Wait>();
  const listeners: ((line: SeenLine) => void)[] = [];
  let ended: string | undefined;

  const next = (match: LineMatch, limitMs: number = LIMIT_MS): Promise<SeenLine> =>
    new Promise((resolve, reject) => {
      const matches = predicateOf(match);
      const fail = (why: string): void => reject(new Error(explain(title, match, why, seen, context())));
      const already = [...free].find((line) => matches(line.text));
      if (already) {
        free.delete(already);
        resolve(already);
        return;
      }
      if (ended !== undefined) {
        fail(ended);
        return;
      }
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        waits.delete(wait);
        then();
      };
      const timer = setTimeout(() => wait.failed(`did not come within ${limitMs} ms`), limitMs);
      const wait: Wait = {
        matches,
        found: (line) => settle(() => resolve(line)),
        failed: (why) => settle(() => fail(why)),
      };
      waits.add(wait);
    });

  return {
    push: (text) => {
      const line = { text, atMs: performance.now() };
      seen.push(line);
      for (const listener of listeners) listener(line);
      const waiting = [...waits].find((wait) => wait.matches(text));
      if (waiting) waiting.found(line);
      else free.add(line);
    },
    end: (why) => {
      ended ??= why;
      for (const wait of [...waits]) wait.failed(why);
    },
    seen,
    next,
    forget: () => free.clear(),
    listen: (listener) => void listeners.push(listener),
    count: (match) => seen.filter((line) => predicateOf(match)(line.text)).length,
  };
}

/** Feeds a stream's lines into a log, and says there when the stream is over. */
export function logLines(stream: Readable, log: Pick<LineLog, 'push' | 'end'>): void {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  lines.on('line', log.push);
  lines.on('close', () => log.end('the stream ended'));
  // Told here, too, by some versions of Node; one that breaks is over.
  lines.on('error', () => lines.close());
}

/**
 * Waits for something that announces itself to nobody: a process that goes, a ref on a server. Asks every 20 ms. `what` may
 * tell how things are when it was waited for in vain.
 */
export async function until(
  what: string | (() => string),
  holds: () => boolean | Promise<boolean>,
  limitMs = LIMIT_MS,
): Promise<void> {
  const giveUpAtMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > giveUpAtMs) {
      throw new Error(`not within ${limitMs} ms: ${typeof what === 'string' ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function predicateOf(match: LineMatch): (line: string) => boolean {
  if (typeof match === 'string') return (line) => line === match;
  return typeof match === 'function' ? match : (line) => match.test(line);
}

function explain(title: string, match: LineMatch, why: string, seen: readonly SeenLine[], context: string): string {
  const lines = seen.map((line) => `  ${Math.round(line.atMs)} ms  ${line.text}`).join('\n');
  return `${title}: waited for ${String(match)}: ${why}. Seen so far:\n${lines || '  nothing'}\n${context}`;
}
