// Owns: the one or two files of a journal as a reader has them: open, what numbers are in each, and their lines piece by piece.
// Leaves: in which order they are read, over rotation (read-journal.ts).
import fs from 'node:fs';
import type { Instant } from '../../shared/status.ts';
import { openIfThere } from '../instance/own-file.ts';
import { predecessorOf } from '../instance/state-directory.ts';
import { endOf, readAt } from './journal-end.ts';
import { headOf, MOST_LINE_BYTES } from './lines.ts';

export interface JournalLine {
  readonly id: number;
  readonly at: Instant;
  /** As it is kept, without its end. */
  readonly text: string;
}

export interface ReadFile {
  readonly descriptor: number;
  readonly inode: number;
  /** Where the next line begins: what has no end yet is read again, as it may be cut off and written anew. */
  offset: number;
}

/** Both are open; whoever takes one closes the other. */
export interface JournalFiles {
  readonly before: ReadFile | undefined;
  readonly now: ReadFile | undefined;
}

const PIECE_BYTES = 64 * 1024;
/** It may be rotated while it is looked at. */
const MOST_LOOKS = 10;

/** As they are at one moment. Throws a UserError for what is no file of ours. */
export function openFiles(at: string): JournalFiles {
  for (let looks = 1; ; looks += 1) {
    const now = open(at);
    const before = open(predecessorOf(at));
    if (looks === MOST_LOOKS || inodeAt(at) === now?.inode) return { before, now };
    for (const file of [before, now]) if (file) close(file);
  }
}

export const inodeAt = (at: string): number | undefined => fs.lstatSync(at, { throwIfNoEntry: false })?.ino;

function open(at: string): ReadFile | undefined {
  const found = openIfThere(at, fs.constants.O_RDONLY);
  if (found === undefined) return undefined;
  const { descriptor } = found;
  return { descriptor, inode: fs.fstatSync(descriptor).ino, offset: 0 };
}

export const sizeOf = ({ descriptor }: ReadFile): number => fs.fstatSync(descriptor).size;

export const close = ({ descriptor }: ReadFile): void => fs.closeSync(descriptor);

/** Numbers; undefined: no event is in it. */
export function oldestIn({ descriptor }: ReadFile): number | undefined {
  return linesIn({ descriptor, inode: 0, offset: 0 }).lines[0]?.id;
}

export const newestIn = ({ descriptor }: ReadFile): number | undefined => endOf(descriptor).last?.id;

/** The next whole lines, some; `isEnd`: there are none now. What is no event is passed over. */
export function linesIn(file: ReadFile): { readonly lines: readonly JournalLine[]; readonly isEnd: boolean } {
  for (let bytes = PIECE_BYTES; ; bytes *= 2) {
    const piece = readAt(file.descriptor, file.offset, bytes);
    const whole = piece.lastIndexOf('\n') + 1;
    if (whole === 0 && piece.length < bytes) return { lines: [], isEnd: true };
    if (whole === 0 && bytes <= MOST_LINE_BYTES) continue;
    // Without an end for so long it is no line of ours.
    file.offset += whole || piece.length;
    const texts = piece.toString('utf8', 0, whole).split('\n');
    const lines = texts.flatMap((text) => {
      const head = headOf(text);
      return head ? { ...head, text } : [];
    });
    return { lines, isEnd: false };
  }
}
