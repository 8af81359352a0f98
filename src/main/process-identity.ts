// Owns: telling one process from another that later got the same number.
// Leaves: which processes are remembered (pid-file.ts and the `running` file).
import fs from 'node:fs';
import { readProcStat } from './proc-stat.ts';
import { runSystemCommand } from './system-command.ts';

/** When a process started, in the system's own spelling; undefined if there is none, or only a zombie is left. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  return fs.existsSync('/proc/self/stat') ? startTimeInProc(pid) : startTimeByPs(pid);
}

function startTimeInProc(pid: number): string | undefined {
  const stat = readProcStat(pid);
  return stat?.isLiving ? stat.startTime : undefined;
}

async function startTimeByPs(pid: number): Promise<string | undefined> {
  const outcome = await runSystemCommand('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { env: process.env });
  if (outcome.kind === 'missing' || outcome.status !== 0) return undefined;
  const [state = '', ...started] = outcome.stdout.split(/\s+/);
  return state.startsWith('Z') || started.length === 0 ? undefined : started.join('-');
}
