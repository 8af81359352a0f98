// Owns: what Linux tells of a process in /proc (proc_pid_stat(5)).
// Leaves: systems without it, and what is concluded (process-identity.ts, git/process-group.ts).
import { readFileSync } from 'node:fs';

export interface ProcStat {
  /** Neither a zombie nor dead. */
  readonly isLiving: boolean;
  readonly group: number;
  /** In ticks since boot. */
  readonly startTime: string;
}

/** undefined: there is no such process, or no /proc. */
export function readProcStat(pid: number | string): ProcStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // ENOENT or ESRCH: it has ended.
    return undefined;
  }
  // The name in parentheses may hold anything; after it come state (field 3), parent, group and, as field 22, the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group = ''] = fields;
  return { isLiving: !'ZX'.includes(state), group: Number(group), startTime: fields[19] ?? '' };
}
