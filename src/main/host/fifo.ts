// Owns: a FIFO at a path: whatever was there before makes way, or is refused.
// Leaves: what goes through it (control/pipe-endpoint.ts, control/events-writer.ts).
import fs from 'node:fs';
import { errorCode } from '../../shared/system/error-code.ts';
import { identityOf, ownIdentity } from '../../shared/system/file-identity.ts';
import { UserError } from '../user-error.ts';

export interface FifoMaker {
  /** mkfifo(1), private: Node cannot make a FIFO itself. */
  readonly makeFifo: (path: string) => Promise<void>;
  readonly log: (text: string) => void;
}

/** A FIFO that was made, and so told from another that came in its place. */
export interface Fifo {
  readonly at: string;
  readonly identity: string | undefined;
}

/** Makes a new private FIFO. Throws a UserError if something is in its place that is not ours to remove. */
export async function placeFifo(at: string, { makeFifo, log }: FifoMaker): Promise<Fifo> {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (found) {
    if (found.uid !== process.geteuid?.()) throw new UserError(`${at} belongs to another user: remove it`);
    if (found.isDirectory()) throw new UserError(`${at} is a directory: remove it`);
    if (found.isFIFO()) removeLeft(at);
    else {
      log(`removed ${at}, unread: it was written while no daemon ran here`);
      fs.unlinkSync(at);
    }
  }
  await makeFifo(at);
  // Whatever the umask.
  fs.chmodSync(at, 0o600);
  return { at, identity: ownIdentity(at) };
}

/** Removes a FIFO that was placed, and no other; a process that waits for its other end to be opened is let go. */
export function removeFifo(fifo: Fifo): void {
  if (ownIdentity(fifo.at) === fifo.identity) removeLeft(fifo.at);
}

function removeLeft(at: string): void {
  const waiting = openFifo(at, fs.constants.O_RDWR);
  fs.rmSync(at, { force: true });
  if (typeof waiting === 'number') fs.closeSync(waiting);
}

/**
 * A descriptor, `nobody` if the other end is not open (ENXIO), or `missing` if there is no FIFO of ours, or another than
 * the one that was placed. Never waits.
 */
export function openFifo(place: string | Fifo, access: number): number | 'nobody' | 'missing' {
  const { at, identity } = typeof place === 'string' ? { at: place } : place;
  const { O_NONBLOCK, O_NOFOLLOW } = fs.constants;
  let descriptor: number;
  try {
    // Before it is opened: a device may act on that alone.
    if (!fs.lstatSync(at).isFIFO()) return 'missing';
    descriptor = fs.openSync(at, access | O_NONBLOCK | O_NOFOLLOW);
  } catch (error) {
    return errorCode(error) === 'ENXIO' ? 'nobody' : 'missing';
  }
  const found = fs.fstatSync(descriptor, { bigint: true });
  const isOurs = found.isFIFO() && found.uid === BigInt(process.geteuid?.() ?? -1);
  if (isOurs && (identity === undefined || identity === identityOf(found))) return descriptor;
  fs.closeSync(descriptor);
  return 'missing';
}
