// Owns: ending a command with all that it has started, soon enough for STOP.
// Leaves: starting it (run-command.ts).
import { signalGroup } from '../../shared/system/child-process.ts';
import { wait } from '../../shared/timing/wait.ts';
import { ENDING_COMMAND } from '../patience.ts';
import { type Child, endChild } from '../run-command.ts';

const STEPS = [
  { afterMs: ENDING_COMMAND.stdinMs, signal: 'SIGTERM' },
  { afterMs: ENDING_COMMAND.termMs, signal: 'SIGKILL' },
] as const;
const LOOK_EVERY_MS = 20;

/** End of stdin, SIGTERM, SIGKILL, the last at once with `now`; each for its whole process group. Resolves when it is gone. */
export async function endGroup(child: Child, now: AbortSignal): Promise<void> {
  child.stdin.end();
  let isGone = false;
  for (const { afterMs, signal } of STEPS) {
    isGone = await isGoneWithin(child.pid, afterMs, now);
    if (isGone) break;
    signalGroup(child.pid, now.aborted ? 'SIGKILL' : signal);
  }
  if (!isGone) await isGoneWithin(child.pid, ENDING_COMMAND.killedMs);
  await endChild(child, now);
}

async function isGoneWithin(group: number, limitMs: number, now = new AbortController().signal): Promise<boolean> {
  const untilMs = performance.now() + limitMs;
  while (signalGroup(group, 0)) {
    if (now.aborted || performance.now() >= untilMs) return false;
    await wait(LOOK_EVERY_MS, now);
  }
  return true;
}
