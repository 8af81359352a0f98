// Owns: the command that shows the log, and goes on as it grows.
// Leaves: writing and rotating it (log/log.ts), and where it is if not in a file (log-elsewhere.ts).
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openIfThere } from '../instance/own-file.ts';
import { pidOf, runningDaemon } from '../instance/running-daemon.ts';
import { predecessorOf } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';
import type { Handler } from './handler.ts';
import { stderrFactsOf, whereLogGoes } from './log-elsewhere.ts';
import { type Print, stateDirectoryHere } from './this-repository.ts';

export const logCommand: Handler = async ({ options }, { print, readerGone }) => {
  await showLog(options.has('--follow'), print, readerGone);
  return 0;
};

const FOLLOW_LINES = 10;
const LOOK_MS = 250;

/**
 * Prints the log; with `follow`, until `signal` is aborted. Throws a UserError (1) if there is none to print, or it would
 * be that of an earlier daemon than the one that runs.
 */
export async function showLog(follow: boolean, print: Print, signal: AbortSignal): Promise<void> {
  const directory = await stateDirectoryHere();
  const running = directory && (await runningDaemon(directory));
  if (running?.kind === 'named' && running.mode !== 'background') {
    const where = whereLogGoes(running.mode, stderrFactsOf(running.pid));
    const left = fs.existsSync(directory?.log ?? '') ? `; ${directory?.log} is an earlier one's` : '';
    throw new UserError(`the daemon${pidOf(running)} that runs here keeps no log file: ${where}${left}`, 1);
  }
  const text = directory && readLog(directory.log);
  if (!directory || (text === undefined && !follow)) throw new UserError('there is no log here', 1);
  if (follow) await followLog(directory.log, print, signal);
  else print(text ?? '');
}

/** All there is, the rotated predecessor first; undefined if there is no log. Throws a UserError for what is no file of ours. */
export function readLog(at: string): string | undefined {
  const parts = [predecessorOf(at), at].flatMap((file) => readFrom(file, 0) ?? []);
  return parts.length > 0 ? Buffer.concat(parts).toString('utf8') : undefined;
}

/** Writes the last lines and then what comes, across rotation, until `signal` is aborted. A log may also only come later. */
export async function followLog(at: string, write: (bytes: Uint8Array) => void, signal: AbortSignal): Promise<void> {
  const before = predecessorOf(at);
  let offset = sizeOf(at);
  let predecessor = inodeOf(before);
  write(Buffer.from(lastLines(readLog(at) ?? '')));
  while (!signal.aborted) {
    const present = inodeOf(before);
    if (present !== predecessor) {
      // Rotation copies the file to its predecessor and empties it (log/log.ts): what was not read yet is there.
      write(readFrom(before, offset) ?? NOTHING);
      predecessor = present;
      offset = 0;
    }
    if (sizeOf(at) < offset) offset = 0;
    const news = readFrom(at, offset) ?? NOTHING;
    offset += news.length;
    if (news.length > 0) write(news);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

const NOTHING = new Uint8Array();

const sizeOf = (at: string): number => fs.lstatSync(at, { throwIfNoEntry: false })?.size ?? 0;

const inodeOf = (at: string): number | undefined => fs.lstatSync(at, { throwIfNoEntry: false })?.ino;

const lastLines = (text: string): string =>
  text
    .split(/(?<=\n)/)
    .slice(-FOLLOW_LINES)
    .join('');

/** What is behind a place; undefined: there is no such file. */
function readFrom(at: string, offset: number): Uint8Array | undefined {
  const found = openIfThere(at, fs.constants.O_RDONLY);
  if (found === undefined) return undefined;
  const { descriptor } = found;
  try {
    const content = Buffer.alloc(Math.max(0, fs.fstatSync(descriptor).size - offset));
    return content.subarray(0, fs.readSync(descriptor, content, 0, content.length, offset));
  } finally {
    fs.closeSync(descriptor);
  }
}
