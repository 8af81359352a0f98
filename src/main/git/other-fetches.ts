// Owns: seeing whether a git that is not ours fetches into this repository just now.
// Leaves: giving way to it (give-way.ts). Elsewhere than on Linux nobody can tell, and none is seen.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** Whether there is one. Takes well under a millisecond, but for the first time: some for each process of the machine. */
export type SeesOther = () => boolean;

/** A process has the name of the one that started it until it becomes git itself; one that has not by then never does. */
const BECOMES_MS = 1_000;

/** `place`: the top of the work tree, or the git directory where there is none. */
export function watchOthers(place: string, nowMs: () => number = () => performance.now()): SeesOther {
  /** By process: when it was first seen; `fetches` where it did when it was last looked at. */
  let known = new Map<string, number | 'fetches'>();
  return () => {
    const isFirst = known.size === 0;
    const now = new Map<string, number | 'fetches'>();
    let found = false;
    for (const pid of processes()) {
      const seen = known.get(pid) ?? (isFirst ? Number.NEGATIVE_INFINITY : nowMs());
      const isYoung = seen !== 'fetches' && nowMs() - seen < BECOMES_MS;
      const does = isFirst || seen === 'fetches' || isYoung ? commandHere(`/proc/${pid}`, place) : undefined;
      // A pull fetches by a git of its own, and then may wait for an editor.
      if (does === 'fetch' || (does === 'pull' && isYoung)) found = true;
      now.set(pid, does === 'fetch' ? 'fetches' : seen === 'fetches' ? Number.NEGATIVE_INFINITY : seen);
    }
    known = now;
    return found;
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
function commandHere(proc: string, place: string): 'fetch' | 'pull' | undefined {
  try {
    if (!readFileSync(`${proc}/comm`, 'utf8').startsWith('git')) return undefined;
    const words = readFileSync(`${proc}/cmdline`, 'utf8').split('\0');
    const does = words.find((word) => word === 'fetch' || word === 'pull');
    const directory = readlinkSync(`${proc}/cwd`);
    const isHere = directory === place || directory.startsWith(`${place}${path.sep}`);
    if (does === undefined || !isHere || isOurs(readFileSync(`${proc}/environ`, 'latin1').split('\0')))
      return undefined;
    return does === 'pull' ? does : 'fetch';
  } catch {
    // It has ended.
    return undefined;
  }
}

/** Every git of ours has this from shared/git-environment.ts. */
const isOurs = (environment: readonly string[]): boolean => environment.includes('GIT_REFLOG_ACTION=remote-daemon');
