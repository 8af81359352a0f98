// Owns: finding a loopback port on which nobody listens.
// Leaves: taking it before somebody else does.
import { once } from 'node:events';
import { createServer } from 'node:net';

/** One that was free a moment ago. */
export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}
