// Owns: the words for that no daemon runs here, and for how the last one ended.
// Leaves: what is known of that (main/journal/journal-end.ts), and one that runs (ask.ts).
import { printable } from '../../../shared/printable.ts';
import { NONE_RUNS } from '../../instance/running-daemon.ts';
import type { LastEnd } from '../../journal/journal-end.ts';
import { ago } from '../times.ts';

/** `no daemon is running here; the last ended 5 min ago: the repository was moved` */
export function noneRuns(lastEnd: LastEnd | undefined, nowMs: number): string {
  if (lastEnd === undefined) return NONE_RUNS;
  const when = ago(lastEnd.at, nowMs);
  if (lastEnd.kind === 'ended') return `${NONE_RUNS}; the last ended ${when}: ${inWords(lastEnd.why)}`;
  return `${NONE_RUNS}; the last was killed, or the machine went down, ${when} or later`;
}

/** The word of the protocol, and those of the system, say to a person what is in these. */
function inWords(why: string): string {
  if (why === 'STOP') return 'it was told to stop';
  return /^SIG[A-Z]+$/.test(why) ? `it was ended by ${why}` : printable(why);
}
