// Owns: the socket over which git gets this remote's upload-pack from the connection that is open.
// Leaves: running upload-pack (upload-pack.ts), and the process git runs to get here (main/relay/stand-in.ts).
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { doorAfterNews, doorToFresh } from '../../shared/git-protocol/relay-doors.ts';
import { type FrameKind, frameHeader } from '../../shared/git-protocol/relay-frame.ts';
import type { Tally } from '../../shared/timing/at-most-every.ts';
import { aborted } from '../../shared/timing/wait.ts';
import type { Closing } from '../transport.ts';
import type { Client, ClientKind, UploadPack } from './upload-pack.ts';

export interface Relay {
  /**
   * Takes no more clients at once; those it serves may finish until `now`. Resolves when the sockets are gone; the
   * commands behind them end with the connection, which may be a silent one.
   */
  readonly close: (closing: Closing) => Promise<void>;
}

export interface RelayOptions {
  readonly uploadPack: UploadPack;
  /** One for each client: is told when bytes flow, with how many came from the server. */
  readonly tally: () => Tally;
}

/** Listens on a path and its other doors; their directory lets in nobody but this user. Throws what the system says. */
export async function openRelay(path: string, { uploadPack, tally }: RelayOptions): Promise<Relay> {
  const clients = new Set<Promise<void>>();
  const sockets = new Set<Socket>();
  const serve = (socket: Socket, kind: ClientKind): void => {
    sockets.add(socket);
    const client = clientOver(socket, kind, tally());
    const served = uploadPack.serve(client).finally(() => {
      sockets.delete(socket);
      clients.delete(served);
    });
    clients.add(served);
  };
  const doors: readonly (readonly [string, ClientKind])[] = [
    [path, 'fetch'],
    [doorAfterNews(path), 'fetch-after-news'],
    [doorToFresh(path), 'listing'],
  ];
  const opened: (() => Promise<void>)[] = [];
  try {
    for (const [door, kind] of doors) opened.push(await openDoor(door, (socket) => serve(socket, kind)));
  } catch (error) {
    await Promise.all(opened.map((close) => close()));
    throw error;
  }
  return {
    close: async ({ kindly, now }) => {
      uploadPack.close();
      const closed = Promise.all(opened.map((close) => close()));
      // A link that broke has nothing left to serve them with.
      if (kindly.aborted) await Promise.race([Promise.all(clients), aborted(now)]);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Returns what closes it: no more come in, and it is gone when all sockets are. */
async function openDoor(path: string, enter: (socket: Socket) => void): Promise<() => Promise<void>> {
  // git ends its input long before it has all output: neither end may close the other.
  const server = createServer({ allowHalfOpen: true }, enter);
  // What a daemon that was killed left there.
  await rm(path, { force: true });
  server.listen(path);
  await once(server, 'listening');
  // A client that cannot be let in, as there are no descriptors left, is told by its own socket.
  server.on('error', () => undefined);
  await chmod(path, 0o600);
  return async () => {
    await new Promise((resolve) => server.close(resolve));
    await rm(path, { force: true });
  };
}

function clientOver(socket: Socket, kind: ClientKind, tally: Tally): Client {
  const input = new PassThrough();
  socket.on('data', () => tally.add(0)).pipe(input);
  // It went away while it was written to: `gone` tells.
  socket.on('error', () => undefined);
  const send = (frame: FrameKind, payload: Uint8Array): boolean => {
    socket.cork();
    socket.write(frameHeader(frame, payload.length));
    const mayGoOn = socket.write(payload);
    socket.uncork();
    return mayGoOn;
  };
  return {
    kind,
    input,
    inputEnded: new Promise((resolve) => socket.once('end', () => resolve())),
    write: (frame, payload) => {
      // What nobody takes any more would be taken for the next one's.
      if (!socket.destroyed) tally.add(payload.length);
      return send(frame, payload);
    },
    drained: (then) => void socket.once('drain', then),
    finish: (status) => {
      // Before git can end, and the next one begin.
      tally.flush();
      send('exit', Uint8Array.of(status));
      socket.end();
    },
    gone: new Promise((resolve) => socket.once('close', () => resolve())),
  };
}
