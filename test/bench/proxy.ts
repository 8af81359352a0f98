// Owns: a TCP proxy on loopback that makes a server seem far away, and counts what goes over the wire.
// Leaves: the server behind it.
import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { AtEnd } from '../support/at-end.ts';

const HOST = '127.0.0.1';

export interface TcpProxy {
  readonly port: number;
  /** All that went through so far, in both directions; what TCP adds is not in it. */
  readonly bytes: () => number;
}

/** Passes connections on to a port of this host, as if there were so many ms to it and back. */
export async function startProxy(atEnd: AtEnd, toPort: number, roundTripMs = 0): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let bytes = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    // Its end is seen by `close`, which takes the other side along.
    socket.setNoDelay(true).on('error', () => socket.destroy());
    return socket.on('close', () => sockets.delete(socket));
  };
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    keep(near);
    // A server far away has a connection when SYN, SYN-ACK and ACK have travelled; here the client's first bytes wait.
    later(roundTripMs, () => {
      if (near.destroyed) return;
      const far = keep(createConnection({ host: HOST, port: toPort, allowHalfOpen: true }));
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', count);
        carry(from, to, roundTripMs / 2);
      }
      near.resume();
    });
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  atEnd(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return { port: portOf(server), bytes: () => bytes };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

function carry(from: Socket, to: Socket, afterMs: number): void {
  from.on('data', (chunk) => later(afterMs, () => void (to.destroyed || to.write(chunk))));
  from.on('end', () => later(afterMs, () => void to.end()));
  from.on('close', () => later(afterMs, () => void to.destroy()));
}

/** Timers of one length run in the order in which they were set (Node's timers), so bytes keep theirs. */
function later(afterMs: number, act: () => void): void {
  if (afterMs === 0) act();
  else setTimeout(act, afterMs).unref();
}
