// Owns: a FIFO at a path: whatever was there before makes way, or is refused.
// Leaves: what goes through it (control/pipe-endpoint.ts, control/events-writer.ts).
import fs from 'node:fs';
import { errorCode } from '../../shared/system/error-code.ts';
import { UserError } from '../user-error.ts';

export interface FifoMaker {
  /** mkfifo(1), private: Node cannot make a FIFO itself. */
  readonly makeFifo: (path: string) => Promise<void>;
  readonly log: (text: string) => void;
}

/** Makes a new private FIFO. Throws a UserError if something is in its place that is not ours to remove. */
export async function placeFifo(at: string, { makeFifo, log }: FifoMaker): Promise<void> {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (found) {
    if (found.uid !== process.getuid?.()) throw new UserError(`${at} belongs to another user: remove it`);
    if (found.isDirectory()) throw new UserError(`${at} is a directory: remove it`);
    if (found.isFIFO()) removeFifo(at);
    else {
      log(`removed ${at}, unread: it was written while no daemon ran here`);
      fs.unlinkSync(at);
    }
  }
  await makeFifo(at);
  // Whatever the umask.
  fs.chmodSync(at, 0o600);
}

/** Removes a FIFO, if it is one; a process that waits for its other end to be opened is let go. */
export function removeFifo(at: string): void {
  const waiting = openFifo(at, fs.constants.O_RDWR);
  if (typeof waiting !== 'number') return;
  fs.rmSync(at, { force: true });
  fs.closeSync(waiting);
}

/** A descriptor, `nobody` if the other end is not open (ENXIO), or `missing` if there is no FIFO. Never waits. */
export function openFifo(at: string, access: number): number | 'nobody' | 'missing' {
  const { O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  let descriptor: number;
  try {
    descriptor = fs.openSync(at, access | O_NONBLOCK | O_NOFOLLOW);
  } catch (error) {
    return errorCode(error) === 'ENXIO' ? 'nobody' : 'missing';
  }
  if (fs.fstatSync(descriptor).isFIFO()) return descriptor;
  fs.closeSync(descriptor);
  return 'missing';
}
