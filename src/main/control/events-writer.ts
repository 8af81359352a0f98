// Owns: the `events` FIFO's one reader: noticing that he comes and goes, and never waiting for him.
// Leaves: the FIFO itself (host/fifo.ts), and what he is told first (EndpointListener.greeting).
import fs from 'node:fs';
import net from 'node:net';
import { within } from '../../shared/timing/within.ts';
import { type Fifo, openFifo } from '../host/fifo.ts';
import { STOP } from '../patience.ts';

export interface EventsWriter {
  readonly send: (line: string) => void;
  readonly droppedLines: () => number;
  readonly close: () => Promise<void>;
}

/**
 * Nobody says that a reader came or went, so it is looked for. What costs is to wake up, about 0.4 ms each time: seldom
 * while there is no reader, more often while there is one, so that the next one is not taken for him.
 */
const LOOK_FOR_COMING_MS = 1_000;
const LOOK_FOR_GOING_MS = 300;
/** What a reader may leave unread besides the kernel's own 64 KiB before lines are dropped. */
const MOST_UNREAD_BYTES = 64 * 1024;

/** Writes whole lines to whoever reads the FIFO; without a reader, or past a limit, they are dropped and counted. */
export function openEventsWriter(fifo: Fifo, greeting: () => readonly string[]): EventsWriter {
  let reader: net.Socket | undefined;
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;

  const releaseReader = (): void => {
    reader?.destroy();
    reader = undefined;
  };
  const look = (): void => {
    const found = openFifo(fifo, fs.constants.O_WRONLY);
    if (typeof found !== 'number') releaseReader();
    else if (reader) fs.closeSync(found);
    else greet(found);
  };
  const greet = (descriptor: number): void => {
    const socket = new net.Socket({ fd: descriptor, readable: false, writable: true });
    // EPIPE: he has gone. What he did not read goes with the last descriptor, so that the next one starts a line.
    socket.on('error', () => {
      if (reader === socket) releaseReader();
    });
    reader = socket;
    for (const line of greeting()) write(socket, line);
  };
  const write = (socket: net.Socket, line: string): void => {
    if (socket.writableLength > MOST_UNREAD_BYTES) dropped += 1;
    else socket.write(`${line}\n`);
  };
  const lookAgain = (): void => {
    look();
    timer = setTimeout(lookAgain, reader ? LOOK_FOR_GOING_MS : LOOK_FOR_COMING_MS).unref();
  };
  lookAgain();

  return {
    send: (line) => {
      // Only to see that he is still there: a reader who just came is greeted by the timer, once the news is true.
      if (reader) look();
      if (reader) write(reader, line);
      else dropped += 1;
    },
    droppedLines: () => dropped,
    close: async () => {
      clearTimeout(timer);
      if (reader && reader.writableLength > 0) await flushed(reader);
      releaseReader();
    },
  };
}

/** Settles when all is written, the reader is gone, or the limit is reached. */
async function flushed(socket: net.Socket): Promise<void> {
  const written = new Promise<void>((resolve) => {
    socket.once('close', resolve);
    socket.write('', () => resolve());
  });
  await within(written, STOP.lastLinesMs);
}
