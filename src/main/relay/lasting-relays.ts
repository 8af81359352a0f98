// Owns: relay sockets that go on though their directory is taken away, as that of a login session is when it is over.
// Leaves: the directory (relay-directory.ts), and fetching where there is no relay (git over a connection of its own).
import path from 'node:path';
import type { DoneWithout } from '../host/done-without.ts';
import type { RelayDirectory } from './relay-directory.ts';

export interface LastingRelays {
  /** A path for a socket, in a directory that was made anew where the last one is gone; undefined: there is no place. */
  readonly newSocket: () => string | undefined;
  /** Whether a socket is still where it was made, so that git may be sent there. */
  readonly isSafe: (socket: string) => boolean;
  readonly remove: () => void;
}

const WHAT = 'relay sockets';

/** `prepare` makes a directory, and tells why there is none. */
export function lastingRelays(
  prepare: (log: (text: string) => void) => RelayDirectory,
  without: DoneWithout,
): LastingRelays {
  const tell = (text: string): void => without.lacks(WHAT, text);
  let now = prepare(tell);
  let place: string | undefined;
  return {
    newSocket: () => {
      let socket = now.newSocket();
      if (socket === undefined) {
        now = prepare(tell);
        socket = now.newSocket();
      }
      if (socket !== undefined) without.found(WHAT);
      place = socket === undefined ? undefined : path.dirname(socket);
      return socket;
    },
    isSafe: (socket) => {
      const isThere = now.isOurs() && path.dirname(socket) === place;
      if (!isThere)
        tell('the directory of the relays was taken away: fetches log in by themselves until a link is made anew');
      return isThere;
    },
    remove: () => now.remove(),
  };
}
