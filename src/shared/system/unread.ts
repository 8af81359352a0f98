// Owns: a file that could not be read just now, as a failure of the link that needs it.
// Leaves: reading it (shared/system/read-regular-file.ts), and what one means that is not there (whoever reads).
import { DaemonError } from '../failures.ts';
import { printable } from '../printable.ts';
import { meaningOf } from './errno.ts';
import type { FileRead } from './read-regular-file.ts';

/** Throws not-now for what may be there, and read another time: to go on without it would be to go by half of what is known. */
export function throwIfItPasses(file: string, read: FileRead): void {
  if (read.kind !== 'unreadable' || meaningOf(read.code) !== 'passes') return;
  throw new DaemonError('not-now', `${printable(file)} cannot be read now: ${read.code}`);
}
