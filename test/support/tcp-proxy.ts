// Owns: a door in front of a server: counts the bytes that pass, and can cut the wire without telling either side why.
// Leaves: the servers behind it (openssh-peer.ts, ssh-peer.ts).
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AtEnd } from './at-end.ts';

export interface TcpProxy {
  readonly port: number;
  /** Both ways, of all connections so far. */
  readonly bytes: () => number;
  /** Resets all connections. */
  readonly cut: () => void;
}

/** Listens on a free loopback port until the test is over. */
export async function startTcpProxy(atEnd: AtEnd, host: string, port: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let bytes = 0;
  const server = createServer((client) => {
    const onward = connect(port, host);
    for (const socket of [client, onward]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      // One side is gone, and so is the other.
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        onward.destroy();
      });
    }
    client.pipe(onward).pipe(client);
  });
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => {
    cut();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, bytes: () => bytes, cut };
}
