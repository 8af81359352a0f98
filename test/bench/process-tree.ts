// Owns: what a set of processes costs: memory, threads and processor time, read off Linux's /proc.
// Leaves: which processes (competitors.ts).
import { readdirSync, readFileSync } from 'node:fs';

export interface Footprint {
  /** The proportional set size of all (proc(5), smaps_rollup): of a page that n processes share, an nth part. */
  readonly pssMb: number;
  /**
   * What they would take on a machine without other processes of the same programs. PSS hides some of that here: the
   * benchmark itself is Node, and the server's git-annex-shell is git-annex.
   */
  readonly aloneMb: number;
  readonly processes: number;
  readonly threads: number;
}

/** USER_HZ, in which /proc tells times: 100 wherever Linux runs (time(7)). */
const TICK_MS = 10;

export const hasProc = (): boolean => read(process.pid, 'smaps_rollup') !== '';

export function footprintOf(pids: readonly number[]): Footprint {
  return {
    pssMb: pssMb(pids),
    aloneMb: aloneKb(pids) / 1024,
    processes: pids.length,
    threads: sum(pids.map((pid) => threadsOf(pid).length)),
  };
}

/** Of the footprint what is quick to read. */
export function pssMb(pids: readonly number[]): number {
  const kb = pids.map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(pid, 'smaps_rollup'))?.[1] ?? 0));
  return sum(kb) / 1024;
}

/** Processor time used so far, in ms: by all threads, and by children that have ended. */
export function cpuMs(pids: readonly number[]): number {
  const running = pids.flatMap((pid) => threadsOf(pid).map((thread) => nanosecondsOf(pid, thread) / 1e6));
  const ended = pids.map((pid) => {
    // After the command name, which may itself hold spaces: state is field 3, cutime and cstime are 16 and 17 (proc(5)).
    const fields = read(pid, 'stat')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * TICK_MS;
  });
  return sum(running) + sum(ended);
}

/** What is written to counts for each process; unchanged pages of a file count once, as the process with most has them. */
function aloneKb(pids: readonly number[]): number {
  const filePages = new Map<string, number>();
  let ownKb = 0;
  for (const { file, isShareable, cleanKb, dirtyKb } of pids.flatMap(mappingsOf)) {
    if (isShareable) filePages.set(file, Math.max(filePages.get(file) ?? 0, cleanKb));
    else ownKb += cleanKb;
    ownKb += dirtyKb;
  }
  return ownKb + sum([...filePages.values()]);
}

interface Mapping {
  /** Its inode and where in it the mapping begins. */
  readonly file: string;
  readonly isShareable: boolean;
  readonly cleanKb: number;
  readonly dirtyKb: number;
}

function mappingsOf(pid: number): Mapping[] {
  const blocks = read(pid, 'smaps').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  return blocks.map((block) => {
    const [, , offset, device, inode] = block.split(/\s+/, 5);
    const kb = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(block)?.[1] ?? 0);
    return {
      file: `${device} ${inode} ${offset}`,
      isShareable: inode !== '0' && inode !== undefined,
      cleanKb: kb('Private_Clean') + kb('Shared_Clean'),
      // A page that processes share by fork is in each one's share.
      dirtyKb: kb('Private_Dirty') + (kb('Shared_Dirty') > 0 ? Math.max(0, kb('Pss') - kb('Private_Dirty')) : 0),
    };
  });
}

const threadsOf = (pid: number): string[] => {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    // It has ended.
    return [];
  }
};

const nanosecondsOf = (pid: number, thread: string): number =>
  Number(read(pid, `task/${thread}/schedstat`).split(' ')[0]);

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It has ended, or this is no Linux.
    return '';
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
