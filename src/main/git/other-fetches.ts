// Owns: seeing whether a git that is not ours fetches into this repository just now, or renames or removes a remote.
// Leaves: giving way to it (give-way.ts). Elsewhere than on Linux nobody can tell, and none is seen.
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import path from 'node:path';

/** Whether there is one. Takes well under a millisecond, but for the first time: some for each process of the machine. */
export type SeesOther = () => boolean;

/** A process has the name of the one that started it until it becomes git itself; one that has not by then never does. */
const BECOMES_MS = 1_000;
/** In one look, as it halts the main thread (10 µs each); the others are looked at in the next ones. */
export const MOST_LOOKED_AT = 500;
/** Of what a process says of itself; a command line may have 2 MB. */
const MOST_BYTES = 64 * 1024;

/** `place`: the top of the work tree, or the git directory where there is none. `proc`: where processes are seen. */
export function watchOthers(place: string, nowMs = () => performance.now(), proc = '/proc'): SeesOther {
  /** By process: when it was first seen; `fetches` where it did when it was last looked at. */
  let known = new Map<string, number | 'fetches'>();
  return () => {
    const isFirst = known.size === 0;
    const now = new Map<string, number | 'fetches'>();
    let found = false;
    let looks = 0;
    for (const pid of processesIn(proc)) {
      const seen = known.get(pid) ?? (isFirst ? Number.NEGATIVE_INFINITY : nowMs());
      const isYoung = seen !== 'fetches' && nowMs() - seen < BECOMES_MS;
      const isLookedAt = isFirst || seen === 'fetches' || isYoung;
      if (isLookedAt && looks === MOST_LOOKED_AT) continue;
      looks += Number(isLookedAt);
      const does = isLookedAt ? commandHere(`${proc}/${pid}`, place) : undefined;
      // A pull fetches by a git of its own, and then may wait for an editor.
      if (does === 'fetch' || (does === 'pull' && isYoung)) found = true;
      now.set(pid, does === 'fetch' ? 'fetches' : seen === 'fetches' ? Number.NEGATIVE_INFINITY : seen);
    }
    known = now;
    return found;
  };
}

function processesIn(proc: string): string[] {
  try {
    return readdirSync(proc).filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Another user's is not seen to: nobody may ask where it works, which is why that is asked first. */
function commandHere(proc: string, place: string): 'fetch' | 'pull' | undefined {
  try {
    const directory = readlinkSync(`${proc}/cwd`);
    if (directory !== place && !directory.startsWith(`${place}${path.sep}`)) return undefined;
    if (!beginningOf(`${proc}/comm`).startsWith('git')) return undefined;
    const words = beginningOf(`${proc}/cmdline`).split('\0');
    const does =
      words.find((word) => word === 'fetch' || word === 'pull') ?? (movesRemote(words) ? 'fetch' : undefined);
    // `git remote-daemon fetch` fetches nothing by itself: it waits for us.
    if (does === undefined || words.slice(0, words.indexOf(does)).includes('remote-daemon')) return undefined;
    const environment = beginningOf(`${proc}/environ`);
    // Of one that has just ended nothing is told any more, and so not whose it was.
    if (environment === '' || isOurs(environment)) return undefined;
    return does === 'pull' ? does : 'fetch';
  } catch {
    // It has ended, or is another's.
    return undefined;
  }
}

/** Its refs are moved or deleted one by one, and none is to come in between. */
function movesRemote(words: readonly string[]): boolean {
  const [does] = words.slice(words.indexOf('remote') + 1).filter((word) => !word.startsWith('-'));
  return words.includes('remote') && ['rename', 'remove', 'rm'].includes(does ?? '');
}

/** For each that is read, one after the other: to make one takes longer than to read most. */
const BYTES = Buffer.alloc(MOST_BYTES);

function beginningOf(file: string): string {
  const fd = openSync(file, 'r');
  try {
    return BYTES.toString('latin1', 0, readSync(fd, BYTES));
  } finally {
    closeSync(fd);
  }
}

/**
 * Every git of ours has this from shared/git-environment.ts. One with so many variables that it could not be seen is
 * taken for ours: to wait for ourselves would be worse than not to give way.
 */
const isOurs = (environment: string): boolean =>
  environment.length === MOST_BYTES || environment.split('\0').includes('GIT_REFLOG_ACTION=remote-daemon');
