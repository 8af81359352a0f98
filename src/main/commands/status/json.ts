// Owns: `status --json`: what there is to tell, for programs.
// Leaves: its parts (shared/status.ts), and how the last daemon ended (main/journal/journal-end.ts).
import { plainJson } from '../../../shared/printable.ts';
import { type DaemonStatus, STATUS_VERSION } from '../../../shared/status.ts';
import type { LastEnd } from '../../journal/journal-end.ts';

/** undefined: none runs. */
export function statusJson(status: DaemonStatus | undefined, lastEnd?: LastEnd): string {
  const told =
    status === undefined
      ? { version: STATUS_VERSION, running: false, ...(lastEnd && { lastEnd }) }
      : { ...status, version: STATUS_VERSION, running: true };
  const { version, running, ...others } = told;
  return `${plainJson({ version, running, ...others }, 2)}\n`;
}
