// Owns: whether a git, or one that it started, reads on: a sign of life that does not show in what it prints.
// Leaves: what comes of it (lane-turn.ts). Elsewhere than on Linux, and where /proc hides it, nothing is seen.
import { readdirSync, readFileSync } from 'node:fs';

/** The shortest time that may be set to wait for a sign is a second. One look takes a fraction of a millisecond. */
const LOOK_MS = 400;
/** Of the processes of one git. */
const MOST_PROCESSES = 50;

/**
 * Calls back whenever it has read something since the last look, until what is returned is called. upload-pack sends an
 * empty packet every five seconds while it makes a pack (uploadpack.keepAlive): git reads it, and prints nothing.
 */
export function watchInput(pid: number, onInput: () => void, proc = '/proc'): () => void {
  let before: ReadonlyMap<string, number> | undefined;
  const timer = setInterval(() => {
    const now = inputOf(String(pid), proc);
    if (before !== undefined && readsOn(before, now)) onInput();
    before = now;
  }, LOOK_MS);
  return () => clearInterval(timer);
}

/** By process: how many bytes it has read. One that is new has read its program only. */
export function readsOn(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): boolean {
  return [...now].some(([pid, bytes]) => bytes > (before.get(pid) ?? Number.POSITIVE_INFINITY));
}

/**
 * Of gits alone, those of a transport among them. An ssh reads the answers of a server that is there and does nothing; a
 * git at the other end of a pipe is where all comes in that another process has received in whatever way.
 */
function inputOf(pid: string, proc: string): Map<string, number> {
  const found = new Map<string, number>();
  const left = [pid];
  for (let next = left.pop(); next !== undefined && found.size < MOST_PROCESSES; next = left.pop()) {
    try {
      left.push(...childrenOf(`${proc}/${next}`));
      if (!readFileSync(`${proc}/${next}/comm`, 'latin1').startsWith('git')) continue;
      const [, bytes] = /^rchar: (\d+)$/m.exec(readFileSync(`${proc}/${next}/io`, 'latin1')) ?? [];
      if (bytes !== undefined) found.set(next, Number(bytes));
    } catch {
      // It has ended, or is not to be looked at.
    }
  }
  return found;
}

/** Of all its threads (proc(5)). */
const childrenOf = (place: string): string[] =>
  readdirSync(`${place}/task`).flatMap((thread) =>
    readFileSync(`${place}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean),
  );
