// Owns: the `events` FIFO as readers find it: each who opens it has it to himself, and the next one finds another there.
// Leaves: FIFOs as such (host/fifo.ts), and what a reader is told (events-writer.ts).
import fs from 'node:fs';
import { awaitReader, clearPlace, type Fifo, type PipeTools, removeFifo } from '../host/fifo.ts';

export interface EventsDoor {
  /** To be called when the reader who was given this FIFO has gone. */
  readonly isFree: (fifo: Fifo) => void;
  readonly close: () => void;
}

/**
 * One is for the next reader; the others are for those who are there, and used again. `events` is a second name of one
 * of them, so that a reader who comes needs nothing made, were the disk full.
 */
const FIFOS = 8;
/** No descriptor is left, somebody removed the name, or as many read as there are FIFOs. */
const AGAIN_MS = 5_000;

/** To be placed before the door is opened. */
export const doorPlaces = (at: string): string[] =>
  Array.from({ length: FIFOS }, (_each, index) => `${at}.${index + 1}`);

export interface Readers {
  /** Calls isFree for those who have gone. */
  readonly releaseGone: () => void;
  /** The descriptor leads to one reader alone, who has just come. */
  readonly welcome: (descriptor: number, fifo: Fifo) => void;
}

/** `fifos`: as placed at doorPlaces. Throws a UserError for what is in the way at `at`. */
export function openEventsDoor(
  at: string,
  fifos: readonly Fifo[],
  { log, isInPlace }: PipeTools,
  readers: Readers,
): EventsDoor {
  const free = [...fifos];
  let current: Fifo | undefined;
  let isTaken = false;
  let stopWaiting = (): void => undefined;
  let timer: NodeJS.Timeout | undefined;

  /** Whoever comes from now on is another. Without a free one he shares with who came last. */
  const renew = (): void => {
    clearTimeout(timer);
    // One ahead, as those who have gone give theirs back only a moment later: until then the next one would share.
    if (free.length <= 1) readers.releaseGone();
    const next = isInPlace() ? free.find((fifo) => isPutAt(fifo, at)) : undefined;
    isTaken = next === undefined;
    if (next === undefined) {
      timer = setTimeout(renew, AGAIN_MS).unref();
      return;
    }
    free.splice(free.indexOf(next), 1);
    current = next;
    stopWaiting = awaitReader({ ...next, at }, (descriptor) => {
      if (descriptor === undefined) {
        free.push(next);
        timer = setTimeout(renew, AGAIN_MS).unref();
        return;
      }
      // First of all, so that the next one has his own.
      renew();
      readers.welcome(descriptor, next);
    });
  };
  clearPlace(at, log);
  renew();

  return {
    isFree: (fifo) => {
      free.push(fifo);
      if (isTaken) renew();
    },
    close: () => {
      isTaken = false;
      clearTimeout(timer);
      stopWaiting();
      if (!isInPlace()) return;
      if (current) removeFifo({ ...current, at });
      fifos.forEach(removeFifo);
    },
  };
}

/** In one step: there is no moment without it. */
function isPutAt({ at }: Fifo, place: string): boolean {
  try {
    fs.rmSync(`${place}.new`, { force: true });
    fs.linkSync(at, `${place}.new`);
    fs.renameSync(`${place}.new`, place);
    return true;
  } catch {
    // The file system takes no changes just now.
    return false;
  }
}
