// Owns: how an event is one line of the journal: its number first, then when, then what.
// Leaves: writing and reading files of them (journal.ts, journal-end.ts, read-journal.ts).
import type { DaemonEvent, Happened } from '../../shared/events.ts';
import { plainJson } from '../../shared/printable.ts';
import type { Instant } from '../../shared/status.ts';

/** Longer than any that is written: MOST_MOVES object names, and names of refs of 64 K characters, each spelled out at worst. */
export const MOST_LINE_BYTES = 1024 * 1024;
/** Of a file; its predecessor is as large at most. Some ten thousand events of a few hundred bytes. */
export const MOST_FILE_BYTES = 4 * 1024 * 1024;

/** All but the number, which it is given when it is written. */
export const bodyOf = (at: Instant, happened: Happened): string => plainJson({ at, ...happened }).slice(1);

export const lineOf = (id: number, body: string): string => `{"id":${id},${body}\n`;

const HEAD = /^\{"id":([1-9]\d{0,15}),"at":"([^"]{1,40})",/;

/** What the head of a line says, without reading all of it; undefined: it is no event. */
export function headOf(line: string): { readonly id: number; readonly at: Instant } | undefined {
  const [, id, at] = HEAD.exec(line) ?? [];
  return id === undefined || at === undefined ? undefined : { id: Number(id), at };
}

/** undefined: it is no event, as a line that was cut off. */
export function parseEvent(line: string): DaemonEvent | undefined {
  if (headOf(line) === undefined) return undefined;
  try {
    // Only what lineOf has made has such a head; a newer version may know of more events than this one.
    const event: DaemonEvent = JSON.parse(line);
    return typeof event.event === 'string' ? event : undefined;
  } catch {
    return undefined;
  }
}
