// Owns: whether what is written to a descriptor goes to systemd's journal.
// Leaves: what lines look like there (shared/log-line.ts).
import fs from 'node:fs';

/**
 * `stream`: what systemd tells its services in JOURNAL_STREAM (systemd.exec(5)): device and inode of the journal's end.
 * They are compared, as the variable is inherited by processes whose output goes elsewhere.
 */
export function isJournal(stream: string | undefined, descriptor: number): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fs.fstatSync(descriptor, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    // It is closed.
    return false;
  }
}
