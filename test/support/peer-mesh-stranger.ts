// Owns: somebody who comes to a daemon that serves, and says what a test likes: lines of peers, or anything else.
// Leaves: what is right to say (src/shared/p2p/lines.ts), and whom to come to (peer-mesh.ts).
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { AtEnd } from './at-end.ts';
import { createLineLog, type LineLog, logLines } from './next-line.ts';

export interface Stranger {
  /** What it is told, line by line. */
  readonly line: LineLog['next'];
  readonly lines: LineLog;
  readonly say: (...lines: readonly string[]) => void;
  readonly write: (bytes: string | Uint8Array) => void;
  /** Resolves when the other side has closed. */
  readonly closed: Promise<void>;
  readonly hangUp: () => void;
}

/** Comes to the socket at `path`; rejects where nobody takes it. */
export async function strangerAt(atEnd: AtEnd, path: string): Promise<Stranger> {
  const socket = connect(path);
  // It may be cut off in the middle of a word, which is as good as the end.
  socket.on('error', () => socket.destroy());
  atEnd(() => void socket.destroy());
  await once(socket, 'connect');
  return stranger(socket);
}

/** One that was let in. */
export async function friendAt(atEnd: AtEnd, path: string, token: string): Promise<Stranger> {
  const friend = await strangerAt(atEnd, path);
  friend.say(`AUTH ${SOMEBODY} ${token}`);
  await friend.line(/^AUTH-SUCCESS /);
  return friend;
}

/** The uuid that a stranger says it has. */
export const SOMEBODY = '22222222-2222-4222-8222-222222222222';

function stranger(socket: Socket): Stranger {
  const lines = createLineLog('a stranger');
  const text = new PassThrough();
  socket.on('data', (bytes) => void text.write(bytes));
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      text.end();
      resolve();
    });
  });
  logLines(text, lines);
  return {
    line: lines.next,
    lines,
    say: (...words) => void socket.write(words.map((line) => `${line}\n`).join('')),
    write: (bytes) => void socket.write(bytes),
    closed,
    hangUp: () => void socket.destroy(),
  };
}
