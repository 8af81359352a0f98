// Owns: the `running` file: the process group and start time of each git operation, so that nothing outlives a SIGKILL.
// Leaves: how a start time is found (host/process-identity.ts), and starting processes (run-git.ts).
import { constants, writeSync } from 'node:fs';
import { endGroup } from '../host/process-group.ts';
import { openOwnFile, readOwnFile, removeOwnFile } from '../instance/own-file.ts';

/** When a process started, in the system's own spelling; undefined if there is none. */
export type StartTimeOf = (pid: number) => Promise<string | undefined>;

export interface RunningFile {
  /** Notes a group that was just started; what it returns is to be called when the group's leader has exited. */
  readonly record: (pgid: number) => () => void;
}

export interface RunningFileTools {
  readonly startTimeOf: StartTimeOf;
  readonly log: (text: string) => void;
}

/** A line takes about 60. */
const MOST_BYTES = 1024 * 1024;

export function createRunningFile(path: string, { startTimeOf, log }: RunningFileTools): RunningFile {
  const startTimes = new Map<number, string>();
  const file = createNotes(path);
  const write = (): void => {
    try {
      file.write([...startTimes].map(([pgid, startTime]) => `${pgid} ${startTime}\n`).join(''));
    } catch (error) {
      // A full disk is no reason to keep git from running: it may be what makes room.
      log(`cannot write ${path}: ${String(error)}`);
    }
  };
  const record = (pgid: number): (() => void) => {
    let over = false;
    const note = async (): Promise<void> => {
      const startTime = await startTimeOf(pgid);
      if (over || startTime === undefined) return;
      startTimes.set(pgid, startTime);
      write();
    };
    note().catch((error: unknown) => log(`cannot note process ${pgid} in ${path}: ${String(error)}`));
    return () => {
      over = true;
      if (startTimes.delete(pgid)) write();
    };
  };
  return { record };
}

/**
 * Written in place, and never shorter: a file that is replaced, or made empty first, has to be on the disk before git goes
 * on (ext4: 1 to 3 ms for each fetch, twice), and what it guards against is the end of this process, not of the machine.
 * It stays open: where somebody removed it, what comes in its place is another daemon's.
 */
function createNotes(path: string): { readonly write: (text: string) => void } {
  let file: number | undefined;
  let bytes = 0;
  return {
    write: (text) => {
      file ??= openOwnFile(path, constants.O_WRONLY);
      writeSync(file, text.padEnd(bytes, '\n'), 0);
      bytes = Math.max(bytes, text.length);
    },
  };
}

/** Ends the groups that an earlier daemon left, if they still are what it started, and removes the file. */
export async function endLeftovers(path: string, { startTimeOf, log }: RunningFileTools): Promise<void> {
  const leftovers = readLeftovers(path, log);
  await Promise.all(
    leftovers.map(async ({ pgid, startTime }) => {
      if ((await startTimeOf(pgid)) !== startTime) return;
      log(`ending process group ${pgid}, a git operation of an earlier run`);
      await endGroup(pgid);
    }),
  );
  removeOwnFile(path);
}

function readLeftovers(path: string, log: (text: string) => void): { pgid: number; startTime: string }[] {
  const found = readOwnFile(path, MOST_BYTES);
  if (found.kind === 'odd') log(found.why);
  const text = found.kind === 'read' ? found.content.toString('utf8') : '';
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    // Never 0 or 1: those would be our own group, and everybody.
    const [, pgid, startTime] = /^([1-9][0-9]{0,9}) (\S+)$/.exec(line) ?? [];
    if (pgid !== undefined && startTime !== undefined && pgid !== '1') return [{ pgid: Number(pgid), startTime }];
    log(`${path} has a line that is none of ours; passed over`);
    return [];
  });
}
