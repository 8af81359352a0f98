// Owns: how much of what a command complains of is logged, and its last words.
// Leaves: reading its stderr (paced-lines.ts), and the log (main/log).
import type { Line } from '../../shared/control-protocol/line-splitter.ts';
import { printable } from '../../shared/printable.ts';

const MOST_LINES = 20;
const PER_MS = 60_000;

export interface Complaints {
  readonly take: (line: Line) => void;
  /** The last line that said anything, fit to be shown; empty: none did. */
  readonly last: () => string;
  /** Something to log of what else it says. */
  readonly note: (text: string) => void;
}

/** `log` gets 20 lines in a minute, and one that says so when there are more. */
export function createComplaints(log: (text: string) => void, nowMs: () => number): Complaints {
  let last = '';
  let sinceMs = Number.NEGATIVE_INFINITY;
  let lines = 0;
  const note = (text: string): void => {
    if (nowMs() - sinceMs >= PER_MS) {
      sinceMs = nowMs();
      lines = 0;
    }
    lines += 1;
    if (lines <= MOST_LINES) log(text);
    if (lines === MOST_LINES + 1) log('its notify command says more than is logged');
  };
  return {
    take: (line) => {
      const text = line.kind === 'line' ? printable(line.text) : '';
      if (text === '') return;
      last = text;
      note(`its notify command: ${text}`);
    },
    last: () => last,
    note,
  };
}
