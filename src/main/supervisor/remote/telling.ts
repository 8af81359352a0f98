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
  /** Its link ended by a failure; it may be told of otherwise. For `status`. */
  readonly broke: (text: string) => void;
  /** That is all that comes of it: in the log, where none of the others has said so. */
  readonly notConnected: (text: string) => void;
  /** Of a try to connect, which the next ones will say as well: once, in the log. */
  readonly trying: (text: string) => void;
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
  const untold = createWarner((text) => log(`not connected: ${text}`));
  const ofTries = createWarner(log);
  const noting = (warn: (text: string) => void) => (text: string) => {
    const line = printable(text);
    note({ kind: 'failed', text: line });
    untold.known(line);
    warn(line);
  };
  const forget = (): void => {
    passing.forget();
    untold.forget();
    ofTries.forget();
  };
  return {
    warn: noting(passing.warn),
    warnLasting: noting(lasting.warn),
    warnOfShell: (text) => {
      untold.known(printable(text));
      ofShell.warn(printable(text));
    },
    broke: (text) => note({ kind: 'failed', text: printable(text) }),
    notConnected: (text) => untold.warn(printable(text)),
    trying: ofTries.warn,
    log,
    isUp: forget,
    isWell: () => {
      forget();
      lasting.forget();
    },
  };
}
