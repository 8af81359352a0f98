// Owns: the readers of `events`: what each is told first, what all are told, and never waiting for one.
// Leaves: how they come (events-door.ts), and what they are told first (EndpointListener.greeting).
import fs from 'node:fs';
import net from 'node:net';
import { within } from '../../shared/timing/within.ts';
import { type Fifo, openFifo, type PipeTools } from '../host/fifo.ts';
import { STOP } from '../patience.ts';
import { openEventsDoor } from './events-door.ts';

export interface EventsWriter {
  readonly send: (line: string) => void;
  readonly droppedLines: () => number;
  readonly close: () => Promise<void>;
}

interface Reader {
  readonly fifo: Fifo;
  readonly socket: net.Socket;
}

/** What a reader may leave unread besides the kernel's own 64 KiB before lines are dropped. */
const MOST_UNREAD_BYTES = 64 * 1024;

export interface EventsPlace {
  readonly at: string;
  /** As placed at doorPlaces (events-door.ts). */
  readonly fifos: readonly Fifo[];
}

/** Writes whole lines to all who read; without a reader, or past a limit, they are dropped and counted. Throws a UserError. */
export function openEventsWriter(
  { at, fifos }: EventsPlace,
  greeting: () => readonly string[],
  tools: PipeTools,
): EventsWriter {
  const readers = new Set<Reader>();
  let dropped = 0;

  const release = (reader: Reader): void => {
    if (!readers.delete(reader)) return;
    // What he did not read goes with the last descriptor, so that the next one starts a line.
    reader.socket.once('close', () => door.isFree(reader.fifo)).destroy();
  };
  /** Nobody says that one went, but where something is written to him. */
  const releaseGone = (): void => {
    for (const reader of readers) if (isUnread(reader.fifo)) release(reader);
  };
  const write = ({ socket }: Reader, line: string): void => {
    if (socket.writableLength > MOST_UNREAD_BYTES) dropped += 1;
    else socket.write(`${line}\n`);
  };

  const welcome = (descriptor: number, fifo: Fifo): void => {
    const reader = { fifo, socket: new net.Socket({ fd: descriptor, readable: false, writable: true }) };
    reader.socket.on('error', () => release(reader));
    readers.add(reader);
    for (const line of greeting()) write(reader, line);
  };
  const door = openEventsDoor(at, fifos, tools, { releaseGone, welcome });

  return {
    send: (line) => {
      releaseGone();
      if (readers.size === 0) dropped += 1;
      for (const reader of readers) write(reader, line);
    },
    droppedLines: () => dropped,
    close: async () => {
      door.close();
      const all = [...readers];
      const busy = all.filter(({ socket }) => socket.writableLength > 0);
      await within(Promise.all(busy.map(({ socket }) => flushed(socket))), STOP.lastLinesMs);
      all.forEach(release);
    },
  };
}

function isUnread(fifo: Fifo): boolean {
  const found = openFifo(fifo, fs.constants.O_WRONLY);
  if (typeof found === 'number') fs.closeSync(found);
  return found === 'nobody';
}

/** Settles when all is written, or the reader is gone. */
function flushed(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', resolve);
    socket.write('', () => resolve());
  });
}
