// Owns: the control protocol over two FIFOs: orders from any number of writers, events for any number of readers.
// Leaves: making the FIFOs (host/fifo.ts), the readers of events (events-door.ts, events-writer.ts), what lines mean (line-handler.ts).
import fs from 'node:fs';
import net from 'node:net';
import { createLineSplitter } from '../../shared/control-protocol/line-splitter.ts';
import { type Fifo, openFifo, type PipeTools, placeFifos, removeFifo } from '../host/fifo.ts';
import { UserError } from '../user-error.ts';
import type { Endpoint, EndpointListener } from './endpoint.ts';
import { doorPlaces } from './events-door.ts';
import { openEventsWriter } from './events-writer.ts';

export interface PipePaths {
  readonly control: string;
  readonly events: string;
}

const LF = 0x0a;
/** Half a line with no writer who ends it: it must not become the beginning of another writer's line. */
const PARTIAL_MS = 2_000;

/**
 * Makes both FIFOs anew and reads `control`; to be called only while the lock is held. Writers come and go, so `closed`
 * is never called. Throws a UserError if a FIFO cannot be made.
 */
export async function openPipeEndpoint(
  paths: PipePaths,
  tools: PipeTools,
  listener: EndpointListener,
): Promise<Endpoint> {
  const [orders, ...fifos] = await placeFifos([paths.control, ...doorPlaces(paths.events)], tools);
  if (!orders) throw new Error('a pipe that was asked for was not made');
  const events = openEventsWriter({ at: paths.events, fifos }, listener.greeting, tools);
  const stopReading = readOrders(orders, listener, tools.log);
  return {
    send: events.send,
    droppedLines: events.droppedLines,
    close: async () => {
      if (tools.isInPlace()) removeFifo(orders);
      stopReading();
      await events.close();
    },
  };
}

/** Reads a FIFO until the returned function is called. */
function readOrders(fifo: Fifo, listener: EndpointListener, log: (text: string) => void): () => void {
  // Open for writing too: a FIFO without any writer would be at its end after the first `echo`.
  const descriptor = openFifo(fifo, fs.constants.O_RDWR);
  if (typeof descriptor !== 'number') throw new UserError(`cannot read ${fifo.at}: it was removed`);
  const splitter = createLineSplitter();
  const socket = new net.Socket({ fd: descriptor, readable: true, writable: false });
  let partial: NodeJS.Timeout | undefined;

  const dropPartial = (): void => {
    log('dropped half a line from the control pipe: its end did not come');
    splitter.dropPartial();
  };
  socket.on('data', (chunk: Buffer) => {
    clearTimeout(partial);
    for (const line of splitter.push(chunk)) {
      if (!socket.destroyed) listener.line(line);
    }
    if (chunk.at(-1) !== LF && !socket.destroyed) partial = setTimeout(dropPartial, PARTIAL_MS);
  });
  socket.on('error', (error) => log(`the control pipe cannot be read: ${error.message}`));
  return () => {
    clearTimeout(partial);
    socket.destroy();
  };
}
