// Owns: ending a process group, and knowing whether any of it is left.
// Leaves: who started it (git/run-git.ts) or left it behind (git/running-file.ts).
import { readdirSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { signalGroup } from '../../shared/system/child-process.ts';
import { ENDING_GIT } from '../patience.ts';
import { readProcStat } from './process-identity.ts';

const LOOK_EVERY_MS = 20;

/** Ends a group with SIGTERM, then SIGKILL; returns when nobody in it is left, or nothing more can be done. */
export async function endGroup(pgid: number, graceMs: number = ENDING_GIT.graceMs): Promise<void> {
  if (!signalGroup(pgid, 'SIGTERM') || (await isGone(pgid, graceMs))) return;
  signalGroup(pgid, 'SIGKILL');
  await isGone(pgid, ENDING_GIT.killedMs);
}

async function isGone(pgid: number, limitMs: number): Promise<boolean> {
  const untilMs = performance.now() + limitMs;
  while (signalGroup(pgid, 0) && hasLivingMember(pgid)) {
    if (performance.now() >= untilMs) return false;
    await wait(LOOK_EVERY_MS);
  }
  return true;
}

/** In a container whose process 1 reaps nobody, orphans stay as zombies for ever, and can still be signalled. */
function hasLivingMember(pgid: number): boolean {
  const pids = readdirOrNothing('/proc').filter((name) => /^\d+$/.test(name));
  // No /proc: it is not Linux, and process 1 is a real one.
  return pids.length === 0 || pids.some((pid) => isLivingMember(pid, pgid));
}

function isLivingMember(pid: string, pgid: number): boolean {
  const stat = readProcStat(pid);
  return stat?.group === pgid && stat.isLiving;
}

function readdirOrNothing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    // There is no such thing on macOS.
    return [];
  }
}
