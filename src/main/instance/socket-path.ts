// Owns: by which path a socket of ours is reached, as a socket's own must be short.
// Leaves: the sockets (request-socket.ts, ask-daemon.ts).
import fs from 'node:fs';
import path from 'node:path';

/** A socket's path holds 103 bytes on macOS and the BSDs, 107 on Linux (unix(7)). */
const MOST_PATH_BYTES = 103;

export interface Way {
  readonly at: string;
  readonly close: () => void;
}

/** A path that is short enough for a socket; undefined: there is none. */
export function wayTo(file: string): Way | undefined {
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
