// Owns: what a person is told of one remote, once while nothing changes, and what `status` shows as its last error.
// Leaves: what is worth telling (link-step.ts, syncing.ts).
import { printable } from '../../../shared/printable.ts';
import type { Happening } from './history.ts';
import { createWarner } from './warner.ts';

export interface Telling {
  /** Until the link is up again, or a fetch worked. */
  readonly warn: (text: string) => void;
  /** Until the remote has shown that it answers; that its link is up again is part of what is wrong. */
  readonly warnLasting: (text: string) => void;
  /** Of a host's shell: for good, however often the link comes and goes. */
  readonly warnOfShell: (text: string) => void;
  /** Its link ended by a failure: in `status`, and in the log, which else says only that it is down. */
  readonly broke: (text: string) => void;
  /** Only for the log. */
  readonly log: (text: string) => void;
  readonly isUp: () => void;
  /** It was fetched, or compared, or somebody asked to try everything anew. */
  readonly isWell: () => void;
}

export function createTelling(
  say: (text: string) => void,
  note: (happened: Happening) => void,
  log: (text: string) => void,
): Telling {
  const [passing, lasting, ofShell] = [createWarner(say), createWarner(say), createWarner(say)];
  const noting = (warn: (text: string) => void) => (text: string) => {
    const line = printable(text);
    note({ kind: 'failed', text: line });
    warn(line);
  };
  return {
    warn: noting(passing.warn),
    warnLasting: noting(lasting.warn),
    warnOfShell: (text) => ofShell.warn(printable(text)),
    broke: (text) => {
      note({ kind: 'failed', text: printable(text) });
      log(`its link ended: ${printable(text)}`);
    },
    log,
    isUp: passing.forget,
    isWell: () => {
      passing.forget();
      lasting.forget();
    },
  };
}
