// Owns: the end of a journal: its last event, and where the last whole line ends.
// Leaves: writing on from there (journal.ts), and reading it from its beginning (read-journal.ts).
import fs from 'node:fs';
import type { DaemonEvent } from '../../shared/events.ts';
import type { Instant } from '../../shared/status.ts';
import { openIfThere } from '../instance/own-file.ts';
import { predecessorOf, type StateDirectory } from '../instance/state-directory.ts';
import { MOST_LINE_BYTES, parseEvent } from './lines.ts';

export interface JournalEnd {
  /** undefined: there is none in this file. */
  readonly last: DaemonEvent | undefined;
  /** Behind it there is only what was cut off. */
  readonly wholeBytes: number;
}

const TAIL_BYTES = 4 * 1024;
const MOST_TAIL_BYTES = 2 * MOST_LINE_BYTES;

/** Of an open file. */
export function endOf(descriptor: number): JournalEnd {
  const { size } = fs.fstatSync(descriptor);
  for (let bytes = TAIL_BYTES; ; bytes *= 4) {
    const from = Math.max(0, size - bytes);
    const found = lastIn(readAt(descriptor, from, size - from), from);
    if (found || from === 0 || bytes >= MOST_TAIL_BYTES) return found ?? { last: undefined, wholeBytes: 0 };
  }
}

/** The first line of what is read may have begun before it. */
function lastIn(tail: Buffer, from: number): JournalEnd | undefined {
  for (let end = tail.lastIndexOf(LF); end !== -1; end = end === 0 ? -1 : tail.lastIndexOf(LF, end - 1)) {
    const begin = end === 0 ? 0 : tail.lastIndexOf(LF, end - 1) + 1;
    if (begin === 0 && from > 0) return undefined;
    const last = parseEvent(tail.toString('utf8', begin, end));
    if (last) return { last, wholeBytes: from + end + 1 };
  }
  return undefined;
}

const LF = 0x0a;

export function readAt(descriptor: number, offset: number, bytes: number): Buffer {
  const content = Buffer.allocUnsafe(bytes);
  return content.subarray(0, fs.readSync(descriptor, content, 0, bytes, offset));
}

/** The last event of a file; undefined: there is none. Throws a UserError for what is no file of ours. */
export function lastEventIn(at: string): DaemonEvent | undefined {
  const found = openIfThere(at, fs.constants.O_RDONLY);
  if (found === undefined) return undefined;
  try {
    return endOf(found.descriptor).last;
  } finally {
    fs.closeSync(found.descriptor);
  }
}

export type LastEnd =
  | { readonly kind: 'ended'; readonly at: Instant; readonly why: string }
  /** It was killed, or the machine went down, some time after `at`. */
  | { readonly kind: 'killed'; readonly at: Instant };

/** How the last daemon ended, where none runs; undefined: nothing is known. Never throws. */
export function lastEnd({ journal }: Pick<StateDirectory, 'journal'>): LastEnd | undefined {
  try {
    const last = lastEventIn(journal) ?? lastEventIn(predecessorOf(journal));
    if (last === undefined) return undefined;
    return last.event === 'ENDED' ? { kind: 'ended', at: last.at, why: last.why } : { kind: 'killed', at: last.at };
  } catch {
    // It cannot be read: that is told by whoever wants to see all of it.
    return undefined;
  }
}
