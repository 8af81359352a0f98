// Owns: keeping what happens as JSON lines: numbered without gaps over all daemons of a repository, private, rotated by size.
// Leaves: what is worth an event (what-happened.ts), and reading them (read-journal.ts).
import fs from 'node:fs';
import type { Happened } from '../../shared/events.ts';
import { openOwnFile } from '../instance/own-file.ts';
import { predecessorOf } from '../instance/state-directory.ts';
import { reasonOf } from '../user-error.ts';
import { endOf, lastEventIn } from './journal-end.ts';
import { bodyOf, lineOf, MOST_FILE_BYTES } from './lines.ts';

export interface Journal {
  /** Never throws. What cannot be written waits, and is numbered when it can. */
  readonly note: (happened: Happened) => void;
  /** Why the daemon ends; the first call counts. */
  readonly ends: (why: string) => void;
  /** Notes the end. Later events are lost. */
  readonly close: () => void;
}

export interface JournalOptions {
  readonly at: string;
  /** Whether its directory is still this daemon's, as in DaemonContext. */
  readonly isInPlace: () => boolean;
  readonly without: {
    readonly lacks: (what: string, text: string) => void;
    readonly found: (what: string) => void;
  };
  readonly mostBytes?: number;
  readonly now?: () => Date;
}

/** What may wait while nothing can be written; of more, the oldest is lost, which has no number yet. */
const MOST_WAITING_CHARACTERS = 1024 * 1024;
const AGAIN_MS = 5_000;
const LACKING = 'events';

interface OpenFile {
  readonly descriptor: number;
  readonly inode: number;
  /** Whole lines; behind them may be what a full disk has cut off. */
  size: number;
  lastId: number;
}

/** The file is made when there is something to write. */
export function openJournal(options: JournalOptions): Journal {
  const { at, isInPlace, without, mostBytes = MOST_FILE_BYTES, now = () => new Date() } = options;
  let file: OpenFile | undefined;
  let state: 'open' | 'closed' = 'open';
  let why: string | undefined;
  const waiting: string[] = [];
  let waitingCharacters = 0;
  let isFailing = false;
  let timer: NodeJS.Timeout | undefined;

  const writeAll = (): void => {
    clearTimeout(timer);
    try {
      while (waiting[0] !== undefined) {
        const current = fileNow();
        if (current === 'nowhere' || appended(current, waiting[0])) forgetFirst();
      }
      if (isFailing) without.found(LACKING);
      isFailing = false;
    } catch (error) {
      if (!isFailing) without.lacks(LACKING, `what happens cannot be kept (${reasonOf(error)}), and waits in memory`);
      isFailing = true;
      timer = setTimeout(writeAll, AGAIN_MS).unref();
    }
  };
  const forgetFirst = (): void => {
    waitingCharacters -= waiting.shift()?.length ?? 0;
  };
  /** Where to write. Of a directory that was moved the file is still ours: its lock went with it, and we hold that. */
  const fileNow = (): OpenFile | 'nowhere' => {
    const found = fs.lstatSync(at, { throwIfNoEntry: false });
    const isOurs = file !== undefined && found?.ino === file.inode;
    if (!isInPlace()) return file === undefined || isOurs ? 'nowhere' : file;
    if (file && isOurs && found.size >= file.size) return file;
    // Somebody has removed it, or cut it off: its numbers go on in a new one, or in what he has left.
    const opened = openFile(at, file?.lastId);
    if (file) fs.closeSync(file.descriptor);
    file = opened;
    return opened;
  };
  /** Whether it is written; else there is a new file for it. */
  const appended = (current: OpenFile, body: string): boolean => {
    const line = Buffer.from(lineOf(current.lastId + 1, body));
    if (current.size > 0 && current.size + line.length > mostBytes && isInPlace()) {
      rotate(current);
      return false;
    }
    append(current, line);
    current.lastId += 1;
    return true;
  };
  /** Renamed, not copied: whoever reads it has it open, and reads it to its end. */
  const rotate = ({ descriptor, lastId }: OpenFile): void => {
    fs.renameSync(at, predecessorOf(at));
    file = undefined;
    fs.closeSync(descriptor);
    file = openFile(at, lastId);
  };
  const keep = (happened: Happened): void => {
    const body = bodyOf(now().toISOString(), happened);
    waiting.push(body);
    waitingCharacters += body.length;
    while (waiting.length > 1 && waitingCharacters > MOST_WAITING_CHARACTERS) forgetFirst();
  };
  const note = (happened: Happened): void => {
    if (state === 'closed') return;
    keep(happened);
    // One that cannot be written now is tried again by the timer, and not for each that comes.
    if (!isFailing) writeAll();
  };
  const close = (): void => {
    if (state === 'closed') return;
    state = 'closed';
    if (why !== undefined) keep({ event: 'ENDED', why });
    writeAll();
    clearTimeout(timer);
    process.off('exit', close);
    if (file) fs.closeSync(file.descriptor);
  };
  // Where something will not let go, the process is ended all the same.
  process.on('exit', close);
  return {
    note,
    ends: (reason) => {
      why ??= reason;
    },
    close,
  };
}

/** Mends the end of one that a killed daemon left. `lastId`: what is known; else what the files say. */
function openFile(at: string, lastId?: number): OpenFile {
  const { O_RDWR, O_APPEND } = fs.constants;
  const descriptor = openOwnFile(at, O_RDWR | O_APPEND);
  try {
    const { ino, size } = fs.fstatSync(descriptor);
    const { last, wholeBytes } = endOf(descriptor);
    if (size > wholeBytes) fs.ftruncateSync(descriptor, wholeBytes);
    const found = last?.id ?? lastEventIn(predecessorOf(at))?.id ?? 0;
    return { descriptor, inode: ino, size: wholeBytes, lastId: Math.max(found, lastId ?? 0) };
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
}

/** All of it or nothing. */
function append(file: OpenFile, line: Buffer): void {
  const { descriptor, size } = file;
  if (fs.fstatSync(descriptor).size > size) fs.ftruncateSync(descriptor, size);
  const written = fs.writeSync(descriptor, line);
  if (written < line.length) {
    fs.ftruncateSync(descriptor, size);
    throw new Error('there is no room for it');
  }
  file.size = size + written;
}
