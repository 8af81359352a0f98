// Owns: the socket at which a running daemon is asked for something: it, whoever connects, and that nobody there costs the daemon anything.
// Leaves: what may be asked and answered (shared/requests.ts), carrying it out (whoever is called), and asking (ask-daemon.ts).
import { once, setMaxListeners } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createLineSplitter, type Line } from '../../shared/control-protocol/line-splitter.ts';
import { type Answer, MOST_REQUEST_BYTES, parseRequest, type Request } from '../../shared/requests.ts';
import { ownIdentity } from '../../shared/system/file-identity.ts';
import { type WayInto, wayInto } from '../../shared/system/socket-path.ts';
import { removeOwnFile } from './own-file.ts';
import type { StateDirectory } from './state-directory.ts';

/** Whoever asks. */
export interface Asking {
  readonly answer: (answer: Answer) => void;
  /** Aborted when nobody is there any more to be answered. */
  readonly gone: AbortSignal;
}

export interface RequestServer {
  /** Resolves when all of it is answered; `end` is said by the socket. */
  readonly carryOut: (request: Request, asking: Asking) => Promise<void> | void;
  /** Whether the directory is still that of this daemon. */
  readonly isInPlace: () => boolean;
  readonly log: (text: string) => void;
}

/** At once; more are hung up on. */
const MOST_ASKING = 64;
/** Of these, how many may wait for something: there is always room for a question. */
const MOST_WAITING = 48;
/** To say what one wants. */
const ASKED_WITHIN_MS = 5_000;
/** To take the last of the answer. */
const TAKEN_WITHIN_MS = 5_000;
/** So often somebody who waits is told that it goes on. */
const WORKING_MS = 5_000;
/** What one may leave unread while there is more to say. */
const MOST_UNREAD_BYTES = 1024 * 1024;

/**
 * Answers whoever asks, from when it resolves until what that is called. To be called only while the lock is held. Where no
 * socket can be made that is logged; never rejects.
 */
export async function serveRequests(
  directory: StateDirectory,
  { carryOut, isInPlace, log }: RequestServer,
): Promise<() => void> {
  const clients = new Set<net.Socket>();
  const waiting = new Set<net.Socket>();
  const mayWait = (socket: net.Socket): boolean => {
    if (waiting.size >= MOST_WAITING) return false;
    waiting.add(socket);
    return true;
  };
  const server = net.createServer({ allowHalfOpen: true }, (socket) => {
    clients.add(socket);
    socket.once('close', () => clients.delete(socket) && waiting.delete(socket));
    converse(socket, { carryOut, log, mayWait: () => mayWait(socket) });
  });
  server.maxConnections = MOST_ASKING;
  const temporary = `${directory.requests}.new`;
  let way: WayInto | undefined;
  let identity: string | undefined;
  let isClosed = false;
  const place = (): void => {
    fs.chmodSync(temporary, 0o600);
    // Node removes a socket by its path when it closes, whosever it is then: it knows ours by another name.
    fs.renameSync(temporary, directory.requests);
    identity = ownIdentity(directory.requests);
  };
  const refused = (why: unknown): void =>
    log(`nothing can be asked but what the control pipe takes, as no socket can be made: ${String(why)}`);
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    server.close();
    for (const socket of clients) socket.destroy();
    way?.close();
    const isOurs = identity !== undefined && isInPlace() && ownIdentity(directory.requests) === identity;
    if (isOurs) removeOwnFile(directory.requests);
  };
  try {
    way = wayInto(path.dirname(temporary), path.basename(temporary));
    if (way === undefined) throw new Error('its path is too long');
    removeOwnFile(temporary);
    server.listen(way.pathTo(path.basename(temporary))).unref();
    await once(server, 'listening');
    place();
  } catch (error) {
    refused(error);
  }
  server.on('error', (error) => log(`the socket for requests: ${String(error)}`));
  return close;
}

interface Conversation extends Pick<RequestServer, 'carryOut' | 'log'> {
  readonly mayWait: () => boolean;
}

/** One request, its answers, and the end. */
function converse(socket: net.Socket, tools: Conversation): void {
  const gone = new AbortController();
  // One for each remote.
  setMaxListeners(0, gone.signal);
  const lines = createLineSplitter(MOST_REQUEST_BYTES);
  const hangUp = (): void => void socket.destroy();
  const limit = setTimeout(hangUp, ASKED_WITHIN_MS);
  let isAsked = false;
  socket.on('error', hangUp);
  // He may only have no more to say, as `nc -N` and socat; who is gone is found out by telling him something.
  socket.once('end', () => (isAsked ? say(socket, { say: 'working' }) : hangUp()));
  socket.once('close', () => {
    clearTimeout(limit);
    gone.abort();
  });
  socket.on('data', (chunk: Buffer) => {
    // Nobody has more to say than one line.
    if (isAsked) return hangUp();
    const [line] = lines.push(chunk);
    if (line === undefined) return;
    isAsked = true;
    clearTimeout(limit);
    const working = setInterval(() => say(socket, { say: 'working' }), WORKING_MS).unref();
    const asking: Asking = { answer: (answer) => say(socket, answer), gone: gone.signal };
    const over = answered(line, asking, tools);
    void over.finally(() => {
      clearInterval(working);
      socket.setTimeout(TAKEN_WITHIN_MS, hangUp);
      if (!socket.destroyed) socket.end(`${JSON.stringify({ say: 'end' } satisfies Answer)}\n`);
    });
  });
}

/** Never rejects. */
async function answered(line: Line, asking: Asking, { carryOut, log, mayWait }: Conversation): Promise<void> {
  const refuse = (why: string): void => asking.answer({ say: 'refused', why });
  const request = line.kind === 'line' ? parseRequest(line.text) : 'it is too long, or no text';
  if (typeof request === 'string') return refuse(`the daemon was asked for something odd: ${request}`);
  if (isLong(request) && !mayWait()) return refuse('too many wait for the daemon already: try again later');
  try {
    await carryOut(request, asking);
  } catch (error) {
    log(`a request failed by a fault of our own: ${error instanceof Error ? error.stack : String(error)}`);
    refuse('a fault in the daemon itself; its log says more');
  }
}

const isLong = ({ ask }: Request): boolean => ask === 'fetch' || ask === 'wait';

function say(socket: net.Socket, answer: Answer): void {
  if (!socket.writable) return;
  if (socket.writableLength > MOST_UNREAD_BYTES) socket.destroy();
  else socket.write(`${JSON.stringify(answer)}\n`);
}
