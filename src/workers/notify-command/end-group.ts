// Owns: ending a command with all that it has started, soon enough for STOP.
// Leaves: starting it (run-command.ts).
import { errorCode } from '../../shared/system/error-code.ts';
import { wait } from '../../shared/timing/wait.ts';
import { type Child, endChild } from '../run-command.ts';

/** Each step gets its time before the next: few scripts read their stdin, and most obey SIGTERM at once. */
const STEPS = [
  { afterMs: 200, signal: 'SIGTERM' },
  { afterMs: 500, signal: 'SIGKILL' },
] as const;
/** The system takes a moment to end what is killed. A zombie that nobody reaps is not waited for any longer. */
const KILLED_MS = 200;
const LOOK_EVERY_MS = 20;

/** End of stdin, SIGTERM, SIGKILL, the last at once with `now`; each for its whole process group. Resolves when it is gone. */
export async function endGroup(child: Child, now: AbortSignal): Promise<void> {
  child.stdin.end();
  let isGone = false;
  for (const { afterMs, signal } of STEPS) {
    isGone = await isGoneWithin(child.pid, afterMs, now);
    if (isGone) break;
    reaches(child.pid, now.aborted ? 'SIGKILL' : signal);
  }
  if (!isGone) await isGoneWithin(child.pid, KILLED_MS);
  await endChild(child, now);
}

async function isGoneWithin(group: number, limitMs: number, now = new AbortController().signal): Promise<boolean> {
  const untilMs = performance.now() + limitMs;
  while (reaches(group, 0)) {
    if (now.aborted || performance.now() >= untilMs) return false;
    await wait(LOOK_EVERY_MS, now);
  }
  return true;
}

/** Sends a signal, or none (0), to a process group. Whether anybody was there to get it. */
function reaches(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // macOS says EPERM for a group of which only a zombie is left.
    const code = errorCode(error);
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}
