// Owns: finding a loopback port on which nobody listens, for a server that may stop and come back on it.
// Leaves: taking it before somebody else does.
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below those that a system gives out by itself (from 32768 on Linux, from 49152 elsewhere): one of these, free now,
 * could be the near end of anybody's connection when the server takes it, or comes back to it.
 */
const [LOWEST, HIGHEST] = [20_000, 32_000];

/** One that was free a moment ago. */
export async function freePort(host: string): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(host, port)) return port;
  }
}

async function isFree(host: string, port: number): Promise<boolean> {
  const server = createServer().listen(port, host);
  try {
    await once(server, 'listening');
  } catch (failure) {
    if (failure instanceof Error && 'code' in failure && failure.code === 'EADDRINUSE') return false;
    throw failure;
  }
  await new Promise((resolve) => server.close(resolve));
  return true;
}
