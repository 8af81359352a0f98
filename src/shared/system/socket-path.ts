// Owns: by which path a unix socket is reached, as a socket's own must be short.
// Leaves: the sockets (main/instance, workers/peer/network).
import fs from 'node:fs';
import path from 'node:path';

/** On Linux; 103 on macOS and the BSDs (unix(7)). */
export const MOST_SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

export interface WayInto {
  /** What is in the directory by that name, as a path that a socket can have. */
  readonly pathTo: (name: string) => string;
  readonly close: () => void;
}

/**
 * For names that are no longer than this one. It may go by the directory in which this process stands, and is to be used at
 * once. Undefined where it is too long and the system is not Linux. Throws what open(2) says of the directory, if it asks that.
 */
export function wayInto(directory: string, longestName: string): WayInto | undefined {
  const fits = (from: string): boolean => Buffer.byteLength(path.join(from, longestName)) <= MOST_SOCKET_PATH_BYTES;
  const near = [directory, path.relative(process.cwd(), directory)].find(fits);
  if (near !== undefined) return { pathTo: (name) => path.join(near, name), close: () => undefined };
  if (process.platform !== 'linux') return undefined;
  const descriptor = fs.openSync(directory, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  return { pathTo: (name) => `/proc/self/fd/${descriptor}/${name}`, close: () => fs.closeSync(descriptor) };
}
