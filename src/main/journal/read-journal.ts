// Owns: reading the journal in order, by any number of readers, over rotation and restarts, without a gap that is not told.
// Leaves: its files (journal-files.ts), waiting for more (follow-journal.ts), and what is shown of it (main/commands).
import { UserError } from '../user-error.ts';
import {
  close,
  inodeAt,
  type JournalFiles,
  type JournalLine,
  linesIn,
  newestIn,
  oldestIn,
  openFiles,
  type ReadFile,
  sizeOf,
} from './journal-files.ts';

/** Where to begin: with the oldest that is kept, behind a number, with the first at a point in time or later, or with the last so many. */
export type From =
  | { readonly kind: 'oldest' }
  | { readonly kind: 'after'; readonly id: number }
  | { readonly kind: 'at'; readonly atMs: number }
  | { readonly kind: 'last'; readonly count: number };

export interface JournalReader {
  /** The next lines, some; none: there are no more yet. Throws a UserError (1) where the next number is no longer kept. */
  readonly next: () => readonly JournalLine[];
  readonly close: () => void;
}

/** `at`: the journal, which need not be there yet. Throws a UserError (1) where there are no events from there on. */
export function openReader(at: string, from: From): JournalReader {
  let lastId = beginning(at, from);
  let file: ReadFile | undefined;
  /** It was read to a place that it has no more, and nothing since. */
  let isCutOff = false;
  let skipsUntilMs = from.kind === 'at' ? from.atMs : undefined;

  const openNext = (finished: ReadFile | undefined): ReadFile | undefined => {
    const files = openFiles(at);
    const next = chosen(files, lastId);
    for (const each of [files.before, files.now]) if (each && each !== next) close(each);
    if (!next || !finished || next.inode === finished.inode) return next;
    const oldest = oldestIn(next);
    if (next === files.now && oldest !== undefined && lastId !== undefined && oldest <= lastId) {
      close(next);
      throw begunAnew(oldest);
    }
    return next;
  };
  /** Whether there is another file to be read than the one that is. */
  const goOn = (finished: ReadFile): boolean => {
    const next = openNext(finished);
    if (next && next.inode !== finished.inode) {
      close(finished);
      file = next;
      return true;
    }
    if (next) close(next);
    return false;
  };
  const read = (): readonly JournalLine[] => {
    let isOver = false;
    for (;;) {
      file ??= openNext(undefined);
      if (file === undefined) return [];
      const { lines, isEnd } = linesIn(file);
      if (isEnd && sizeOf(file) < file.offset) {
        // Emptied, say to have it smaller: what comes goes on with its numbers, if that daemon still runs.
        file.offset = 0;
        isCutOff = true;
        continue;
      }
      const [first] = lines;
      if (isCutOff && first && lastId !== undefined && first.id <= lastId) throw begunAnew(first.id);
      const news = lines.filter(({ id }) => lastId === undefined || id > lastId);
      lastId = news.at(-1)?.id ?? lastId;
      isCutOff &&= news.length === 0;
      if (news.length > 0) return news;
      if (!isEnd) continue;
      if (inodeAt(at) === file.inode) return [];
      // It was rotated, and may have got its last lines since it was read.
      if (isOver && !goOn(file)) return [];
      isOver = !isOver;
    }
  };
  return {
    next: () => {
      for (;;) {
        const lines = read();
        const fromMs = skipsUntilMs;
        if (fromMs === undefined || lines.length === 0) return lines;
        const first = lines.findIndex((line) => Date.parse(line.at) >= fromMs);
        if (first === -1) continue;
        skipsUntilMs = undefined;
        return lines.slice(first);
      }
    },
    close: () => {
      if (file) close(file);
      file = undefined;
    },
  };
}

const begunAnew = (oldest: number): UserError =>
  new UserError(`the events were removed, and have begun anew with number ${oldest}`, 1);

/** The file in which the number behind `lastId` is, or will be; undefined: there is none yet. Throws a UserError (1). */
function chosen({ before, now }: JournalFiles, lastId: number | undefined): ReadFile | undefined {
  const [older, newer] = [before && oldestIn(before), now && oldestIn(now)];
  if (lastId === undefined) return older === undefined ? now : before;
  if (newer !== undefined && newer <= lastId + 1) return now;
  if (older !== undefined && older <= lastId + 1) return before;
  const oldest = older ?? newer;
  if (oldest === undefined) return now;
  for (const file of [before, now]) if (file) close(file);
  throw new UserError(
    `the events behind number ${lastId} are no longer kept: the oldest is number ${oldest} (--since=${oldest - 1})`,
    1,
  );
}

/** The number behind which it begins; undefined: with the oldest. */
function beginning(at: string, from: From): number | undefined {
  if (from.kind !== 'after' && from.kind !== 'last') return undefined;
  const { before, now } = openFiles(at);
  try {
    const newest = (now && newestIn(now)) ?? (before && newestIn(before)) ?? 0;
    if (from.kind === 'after') {
      if (from.id <= newest) return from.id;
      const what = newest === 0 ? 'there are no events yet' : `the last one is number ${newest}`;
      throw new UserError(`there is no event number ${from.id} here: ${what}`, 1);
    }
    const oldest = (before && oldestIn(before)) ?? (now && oldestIn(now)) ?? 1;
    return Math.max(newest - from.count, oldest - 1);
  } finally {
    for (const file of [before, now]) if (file) close(file);
  }
}
