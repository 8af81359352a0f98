// Owns: a FIFO at a path: whatever was there before makes way, or is refused; and waiting for whoever reads it.
// Leaves: what goes through it (control/pipe-endpoint.ts, control/events-door.ts).
import fs from 'node:fs';
import { errorCode } from '../../shared/system/error-code.ts';
import { identityOf, ownIdentity } from '../../shared/system/file-identity.ts';
import { UserError } from '../user-error.ts';

export interface FifoMaker {
  /** mkfifo(1), private: Node cannot make a FIFO itself. */
  readonly makeFifo: (...paths: readonly string[]) => Promise<void>;
  readonly log: (text: string) => void;
}

export interface PipeTools extends FifoMaker {
  /** Whether what is at these paths is still this daemon's: where numbers of inodes come again, a FIFO does not tell. */
  readonly isInPlace: () => boolean;
}

/** A FIFO that was made, and so told from another that came in its place. */
export interface Fifo {
  readonly at: string;
  readonly identity: string | undefined;
}

/** Makes new private FIFOs, in one call. Throws a UserError if something is in the place of one that is not ours to remove. */
export async function placeFifos(places: readonly string[], { makeFifo, log }: FifoMaker): Promise<Fifo[]> {
  for (const at of places) clearPlace(at, log);
  try {
    await makeFifo(...places);
  } catch (error) {
    // Some may have been made before there was no more room.
    for (const at of places) fs.rmSync(at, { force: true });
    throw error;
  }
  return places.map((at) => {
    // Whatever the umask.
    fs.chmodSync(at, 0o600);
    return { at, identity: ownIdentity(at) };
  });
}

/** Makes room for a FIFO. Throws a UserError if something is there that is not ours to remove. */
export function clearPlace(at: string, log: FifoMaker['log']): void {
  const found = fs.lstatSync(at, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.uid !== process.geteuid?.()) throw new UserError(`${at} belongs to another user: remove it`);
  if (found.isDirectory()) throw new UserError(`${at} is a directory: remove it`);
  if (found.isFIFO()) removeLeft(at);
  else {
    log(`removed ${at}, unread: it was written while no daemon ran here`);
    fs.unlinkSync(at);
  }
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
  return checked(descriptor, identity) ?? 'missing';
}

/** Closes what is no FIFO of ours, or another than the one that was placed. */
function checked(descriptor: number, identity: string | undefined): number | undefined {
  const found = fs.fstatSync(descriptor, { bigint: true });
  const isOurs = found.isFIFO() && found.uid === BigInt(process.geteuid?.() ?? -1);
  if (isOurs && (identity === undefined || identity === identityOf(found))) return descriptor;
  fs.closeSync(descriptor);
  return undefined;
}

/**
 * Calls `came` once, as soon as somebody reads a FIFO that nobody read before: with a descriptor to write to, or with none
 * where it cannot be opened. Until then a thread of Node's pool waits in open(2), as no other call tells of a reader
 * without looking again and again. What it returns ends the wait, without which the process could not exit.
 */
export function awaitReader({ at, identity }: Fifo, came: (descriptor: number | undefined) => void): () => void {
  const handle = handleOn(at);
  let isCancelled = false;
  const cancel = (): void => {
    if (isCancelled) return;
    isCancelled = true;
    readForAMoment(handle?.at ?? at);
  };
  process.once('exit', cancel);
  fs.open(at, fs.constants.O_WRONLY | fs.constants.O_NOFOLLOW, (error, opened) => {
    process.off('exit', cancel);
    handle?.close();
    const descriptor = error ? undefined : checked(opened, identity);
    if (!isCancelled) came(descriptor);
    else if (descriptor !== undefined) fs.closeSync(descriptor);
  });
  return cancel;
}

/** Whoever waits for a reader goes on once one has been there. */
function readForAMoment(at: string): void {
  try {
    fs.closeSync(fs.openSync(at, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK));
  } catch {
    // The name is gone: who stops the daemon ends what still waits (instance/watchdog.ts).
  }
}

/** open(2): a descriptor that only stands for a file. Node does not name it. */
const O_PATH = 0o10_000_000;

/** By it a FIFO is found even when its name is gone; only Linux has the like. */
function handleOn(at: string): { readonly at: string; readonly close: () => void } | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const descriptor = fs.openSync(at, O_PATH | fs.constants.O_NOFOLLOW);
    return { at: `/proc/self/fd/${descriptor}`, close: () => fs.closeSync(descriptor) };
  } catch {
    // It is gone already, and then there is nothing to wait for either.
    return undefined;
  }
}
