// Owns: the socket at which a running daemon tells `status` how it is now, were its disk full or read-only; and asking there.
// Leaves: what is told (shared/status.ts), and the file that is read where nobody answers (status-file.ts).
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { type DaemonStatus, inThisForm } from '../../shared/status.ts';
import { ownIdentity } from '../../shared/system/file-identity.ts';
import { removeOwnFile } from './own-file.ts';
import type { StateDirectory } from './state-directory.ts';

export interface StatusTeller {
  readonly describe: () => DaemonStatus;
  /** Whether the directory is still that of this daemon. */
  readonly isInPlace: () => boolean;
  readonly log: (text: string) => void;
}

/** A socket's path holds 103 bytes on macOS and the BSDs, 107 on Linux (unix(7)). */
const MOST_PATH_BYTES = 103;
/** Two hundred remotes take about 200 KB. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Of those who ask at once. */
const MOST_ASKING = 16;
/** To take the answer. */
const TAKEN_WITHIN_MS = 5_000;
/** A main thread that lives answers in some ms. */
const ANSWERED_WITHIN_MS = 3_000;

/** Answers whoever connects, until what it returns is called. To be called only while the lock is held. Never throws. */
export function serveStatus(directory: StateDirectory, { describe, isInPlace, log }: StatusTeller): () => void {
  const server = net.createServer((asking) => {
    asking.on('error', () => asking.destroy());
    asking.setTimeout(TAKEN_WITHIN_MS, () => asking.destroy());
    guarded(() => asking.end(`${JSON.stringify(describe())}\n`), log);
  });
  server.maxConnections = MOST_ASKING;
  const temporary = `${directory.requests}.new`;
  const way = wayTo(temporary);
  let identity: string | undefined;
  let isClosed = false;
  const place = (): void => {
    fs.chmodSync(temporary, 0o600);
    // Node removes a socket by its path when it closes, whosever it is then: it knows ours by another name.
    fs.renameSync(temporary, directory.requests);
    identity = ownIdentity(directory.requests);
  };
  const refused = (why: unknown): void => log(`status is read from a file, as no socket can be made: ${String(why)}`);
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    server.close();
    way?.close();
    const isOurs = identity !== undefined && isInPlace() && ownIdentity(directory.requests) === identity;
    if (isOurs) removeOwnFile(directory.requests);
  };
  server.on('error', refused);
  try {
    if (way === undefined) throw new Error('its path is too long');
    removeOwnFile(temporary);
    server.listen(way.at, () => guarded(place, refused)).unref();
  } catch (error) {
    refused(error);
  }
  return close;
}

function guarded(work: () => void, failed: (why: string) => void): void {
  try {
    work();
  } catch (error) {
    failed(String(error));
  }
}

/** What the daemon says of itself now; undefined: none answers. Never throws. */
export async function askForStatus(directory: StateDirectory): Promise<DaemonStatus | undefined> {
  const way = wayTo(directory.requests);
  if (way === undefined) return undefined;
  try {
    return inThisForm(JSON.parse(await readAll(way.at)));
  } catch {
    // Nobody listens, or not all of it came.
    return undefined;
  } finally {
    way.close();
  }
}

function readAll(at: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(at);
    const pieces: Buffer[] = [];
    let bytes = 0;
    const fail = (error: Error): void => {
      clearTimeout(limit);
      socket.destroy();
      reject(error);
    };
    const limit = setTimeout(() => fail(new Error('no answer')), ANSWERED_WITHIN_MS);
    socket.on('error', fail);
    socket.on('data', (piece: Buffer) => {
      bytes += piece.length;
      pieces.push(piece);
      if (bytes > MOST_BYTES) fail(new Error('too much of an answer'));
    });
    socket.on('end', () => {
      clearTimeout(limit);
      socket.destroy();
      resolve(Buffer.concat(pieces).toString('utf8'));
    });
  });
}

interface Way {
  readonly at: string;
  readonly close: () => void;
}

/** A path that is short enough for a socket; undefined: there is none. */
function wayTo(file: string): Way | undefined {
  if (Buffer.byteLength(file) <= MOST_PATH_BYTES) return { at: file, close: () => undefined };
  try {
    const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;
    const descriptor = fs.openSync(path.dirname(file), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const close = (): void => fs.closeSync(descriptor);
    const at = `/proc/self/fd/${descriptor}`;
    if (fs.existsSync(at)) return { at: path.join(at, path.basename(file)), close };
    close();
  } catch {
    // No such directory.
  }
  return undefined;
}
