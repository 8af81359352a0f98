// Owns: telling one process from another that later got the same number.
// Leaves: which processes are remembered (pid-file.ts and the `running` file).
import fs from 'node:fs';
import { runSystemCommand } from './system-command.ts';

/** When a process started, in the system's own spelling; undefined if there is none, or only a zombie is left. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  return fs.existsSync('/proc/self/stat') ? startTimeInProc(pid) : startTimeByPs(pid);
}

function startTimeInProc(pid: number): string | undefined {
  let stat: string;
  try {
    stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // ENOENT or ESRCH: it has ended.
    return undefined;
  }
  // proc_pid_stat(5): the name in parentheses may hold anything; after it come the state (field 3) and, as field 22,
  // the start in ticks since boot.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

async function startTimeByPs(pid: number): Promise<string | undefined> {
  const outcome = await runSystemCommand('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { env: process.env });
  if (outcome.kind === 'missing' || outcome.status !== 0) return undefined;
  const [state = '', ...started] = outcome.stdout.split(/\s+/);
  return state.startsWith('Z') || started.length === 0 ? undefined : started.join('-');
}
