// Owns: finding the processes a test has made, by a marker variable that all of them inherit, and ending them.
// Leaves: setting the marker (temp-repo.ts). Reads /proc: elsewhere than on Linux nothing is found.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { until } from './next-line.ts';

/** Inherited by every process of one scratch directory. */
export const MARKER = 'GRD_TEST_ID';

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** The living processes whose environment at their start had the marker with this value. */
export function processesMarked(id: string): FoundProcess[] {
  const mark = `${MARKER}=${id}`;
  return allPids()
    .filter((pid) => pid !== process.pid && readProc(pid, 'environ').split('\0').includes(mark))
    .map((pid) => ({ pid, command: readProc(pid, 'cmdline').replaceAll('\0', ' ').trim() }));
}

/** Kills the marked processes, and what they start in the meantime, until none is left. */
export async function endMarked(id: string): Promise<void> {
  await until('what a test has left running is ended', () => {
    const left = processesMarked(id);
    for (const { pid } of left) killQuietly(pid);
    return left.length === 0;
  });
}

/** Children of a process, and theirs. */
export function descendantsOf(ancestor: number): number[] {
  const parents = new Map(allPids().map((pid) => [pid, parentOf(pid)]));
  const found = [ancestor];
  for (const known of found) found.push(...[...parents].filter(([, parent]) => parent === known).map(([pid]) => pid));
  return found.slice(1);
}

export const childrenOf = (parent: number): number[] => allPids().filter((pid) => parentOf(pid) === parent);

export const isAlive = (pid: number): boolean => {
  const state = readProc(pid, 'stat').replace(/^.*\) /s, '')[0];
  return state !== undefined && state !== 'Z';
};

/** The files and pipes that a process has open. */
export function openFilesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => linkOrNothing(`/proc/${pid}/fd/${descriptor}`));
  } catch {
    // It has ended.
    return [];
  }
}

function linkOrNothing(path: string): string[] {
  try {
    return [readlinkSync(path)];
  } catch {
    // It was closed in between, and the others are still open.
    return [];
  }
}

/** SIGKILL to one process, or (negative) to a group; one that is gone already is as it should be. */
export function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (failure) {
    if (!(failure instanceof Error && 'code' in failure && failure.code === 'ESRCH')) throw failure;
  }
}

function allPids(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    // No /proc: not Linux.
    return [];
  }
}

function parentOf(pid: number): number {
  // After the command name, which may itself hold spaces and parentheses: state, parent.
  return Number(
    readProc(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended in between, or belongs to somebody else.
    return '';
  }
}
