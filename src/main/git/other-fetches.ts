// Owns: seeing whether a git that is not ours fetches into this repository just now.
// Leaves: giving way to it (give-way.ts). Elsewhere than on Linux nobody can tell, and none is seen.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Whether there is one. Takes well under a millisecond, but for the first time: some for each process of the machine. */
export type SeesOther = () => boolean;

/** A process has the name of the one that started it until it becomes git itself; one that has not by then never does. */
const BECOMES_MS = 200;

/** `place`: the top of the work tree, or the git directory where there is none. */
export function watchOthers(place: string, nowMs: () => number = () => performance.now()): SeesOther {
  /** By process: when it was first seen; `fetches` where it did when it was last looked at. */
  let known = new Map<string, number | 'fetches'>();
  return () => {
    const isFirst = known.size === 0;
    const now = new Map<string, number | 'fetches'>();
    for (const pid of processes()) {
      const seen = known.get(pid) ?? (isFirst ? Number.NEGATIVE_INFINITY : nowMs());
      const isLookedAt = isFirst || seen === 'fetches' || nowMs() - seen < BECOMES_MS;
      if (isLookedAt && fetchesHere(`/proc/${pid}`, place)) now.set(pid, 'fetches');
      else now.set(pid, seen === 'fetches' ? Number.NEGATIVE_INFINITY : seen);
    }
    known = now;
    return [...now.values()].includes('fetches');
  };
}

function processes(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Another user's is not seen to: nobody may ask where it works. */
function fetchesHere(proc: string, place: string): boolean {
  try {
    if (!readFileSync(`${proc}/comm`, 'utf8').startsWith('git')) return false;
    const words = readFileSync(`${proc}/cmdline`, 'utf8').split('\0');
    if (!words.some((word) => word === 'fetch' || word === 'pull')) return false;
    const directory = readlinkSync(`${proc}/cwd`);
    if (directory !== place && !directory.startsWith(`${place}${path.sep}`)) return false;
    return !isOurs(readFileSync(`${proc}/environ`, 'latin1').split('\0'));
  } catch {
    // It has ended.
    return false;
  }
}

/** Every git of ours has this from shared/git-environment.ts. */
const isOurs = (environment: readonly string[]): boolean => environment.includes('GIT_REFLOG_ACTION=remote-daemon');
