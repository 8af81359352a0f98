// Owns: what the system tells of a process, and telling one from another that later got the same number.
// Leaves: which processes are remembered (instance/pid-file.ts and the `running` file).
import fs from 'node:fs';
import { runSystemCommand } from './system-command.ts';

/**
 * When a process started, in the system's own spelling, without white space; undefined if there is none, or only a zombie
 * is left. Linux counts from each boot anew, so which boot it was stands before it.
 */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  return fs.existsSync('/proc/self/stat') ? startTimeInProc(pid) : startTimeByPs(pid);
}

function startTimeInProc(pid: number): string | undefined {
  const stat = readProcStat(pid);
  return stat?.isLiving ? `${thisBoot()}.${stat.startTime}` : undefined;
}

let boot: string | undefined;

/** A random name that the kernel gives each boot; empty where it gives none. */
function thisBoot(): string {
  boot ??= readBootId();
  return boot;
}

function readBootId(): string {
  try {
    return fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // A kernel without it, or a sandbox that hides it.
    return '';
  }
}

async function startTimeByPs(pid: number): Promise<string | undefined> {
  const outcome = await runSystemCommand('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { env: process.env });
  if (outcome.kind === 'missing' || outcome.status !== 0) return undefined;
  const [state = '', ...started] = outcome.stdout.split(/\s+/);
  return state.startsWith('Z') || started.length === 0 ? undefined : started.join('-');
}

export interface ProcStat {
  /** Neither a zombie nor dead. */
  readonly isLiving: boolean;
  readonly group: number;
  /** In ticks since boot, without which boot that was. */
  readonly startTime: string;
}

/** What Linux tells in /proc (proc_pid_stat(5)); undefined: there is no such process, or no /proc. */
export function readProcStat(pid: number | string): ProcStat | undefined {
  let text: string;
  try {
    text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // ENOENT or ESRCH: it has ended.
    return undefined;
  }
  // The name in parentheses may hold anything; after it come state (field 3), parent, group and, as field 22, the start.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', , group = ''] = fields;
  return { isLiving: !'ZX'.includes(state), group: Number(group), startTime: fields[19] ?? '' };
}
