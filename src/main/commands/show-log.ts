// Owns: the command that shows the log, and goes on as it grows.
// Leaves: writing and rotating it (log/log.ts).
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../user-error.ts';
import { type Print, stateDirectoryHere } from './this-repository.ts';

const FOLLOW_LINES = 10;
const LOOK_MS = 250;

/** Prints the log; with `follow`, until `signal` is aborted. Throws a UserError (1) if there is none to print. */
export async function showLog(follow: boolean, print: Print, signal: AbortSignal): Promise<void> {
  const directory = await stateDirectoryHere();
  const text = directory && readLog(directory.log);
  if (!directory || (text === undefined && !follow)) throw new UserError('there is no log here', 1);
  if (follow) await followLog(directory.log, print, signal);
  else print(text ?? '');
}

/** All there is, the rotated predecessor first; undefined if there is no log. */
export function readLog(at: string): string | undefined {
  const parts = [`${at}.1`, at].filter((file) => fs.existsSync(file)).map((file) => fs.readFileSync(file, 'utf8'));
  return parts.length > 0 ? parts.join('') : undefined;
}

/** Writes the last lines and then what comes, across rotation, until `signal` is aborted. A log may also only come later. */
export async function followLog(at: string, write: (bytes: Uint8Array) => void, signal: AbortSignal): Promise<void> {
  let offset = sizeOf(at);
  let predecessor = inodeOf(`${at}.1`);
  write(Buffer.from(lastLines(readLog(at) ?? '')));
  while (!signal.aborted) {
    const present = inodeOf(`${at}.1`);
    if (present !== predecessor) {
      // Rotation copies the file to its predecessor and empties it (log/log.ts): what was not read yet is there.
      write(readFrom(`${at}.1`, offset));
      predecessor = present;
      offset = 0;
    }
    if (sizeOf(at) < offset) offset = 0;
    const news = readFrom(at, offset);
    offset += news.length;
    if (news.length > 0) write(news);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
  }
}

const sizeOf = (at: string): number => fs.statSync(at, { throwIfNoEntry: false })?.size ?? 0;

const inodeOf = (at: string): number | undefined => fs.statSync(at, { throwIfNoEntry: false })?.ino;

const lastLines = (text: string): string =>
  text
    .split(/(?<=\n)/)
    .slice(-FOLLOW_LINES)
    .join('');

function readFrom(at: string, offset: number): Uint8Array {
  if (!fs.existsSync(at)) return new Uint8Array();
  const descriptor = fs.openSync(at, 'r');
  try {
    const content = Buffer.alloc(Math.max(0, fs.fstatSync(descriptor).size - offset));
    return content.subarray(0, fs.readSync(descriptor, content, 0, content.length, offset));
  } finally {
    fs.closeSync(descriptor);
  }
}
