// Owns: passing on what a command complains of, and its last words.
// Leaves: reading its stderr (notify-command.ts), how much of it is logged (workers/outbox.ts).
import type { Line } from '../../shared/control-protocol/line-splitter.ts';
import { printable } from '../../shared/printable.ts';

export interface Complaints {
  readonly take: (line: Line) => void;
  /** The last line that said anything, fit to be shown; empty: none did. */
  readonly last: () => string;
}

export function createComplaints(log: (text: string) => void): Complaints {
  let last = '';
  return {
    take: (line) => {
      const text = line.kind === 'line' ? printable(line.text) : '';
      if (text === '') return;
      last = text;
      log(`its notify command: ${text}`);
    },
    last: () => last,
  };
}
