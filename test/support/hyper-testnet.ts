// Owns: a network hyper of the tests' own, on loopback: nodes by which others find each other, gone and back as is wished.
// Leaves: who finds whom (src/workers/peer/network/hyper).
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import createTestnet from 'hyperdht/testnet.js';
import type { AtEnd } from './at-end.ts';
import { freePort } from './free-port.ts';

export interface HyperTestnet {
  /** `host:port`, for `remotedaemon.hyperBootstrap`. */
  readonly bootstrap: string;
  /** No node of it is there any more. */
  readonly stop: () => Promise<void>;
  /** They are where they were, and know of nobody who has made himself known. */
  readonly forget: () => void;
  /** New nodes are there, of which only the first is where it was. */
  readonly startAgain: () => Promise<void>;
}

export interface HyperTestnetOptions {
  readonly nodes?: number;
  /** Where they are. */
  readonly host?: string;
}

export async function startHyperTestnet(
  atEnd: AtEnd,
  { nodes = 4, host = '127.0.0.1' }: HyperTestnetOptions = {},
): Promise<HyperTestnet> {
  // None that a node takes by itself: one whose bootstrap node is away would take its place, and ask itself.
  const port = await freePort('127.0.0.1');
  let testnet = await createTestnet(nodes, { host, port });
  atEnd(() => testnet.destroy());
  return {
    bootstrap: `${host}:${port}`,
    forget: () => {
      for (const { _persistent: kept, _router: router } of testnet.nodes) {
        kept?.records.clear();
        router.forwards.clear();
      }
    },
    stop: async () => {
      const places = testnet.nodes.map((node) => node.address()?.port ?? 0);
      await testnet.destroy();
      for (const taken of places.filter((each) => each !== port)) await takePlace(atEnd, taken, host);
    },
    startAgain: async () => {
      testnet = await createTestnet(nodes, { host, port });
    },
  };
}

/** Or the new nodes would be where the old ones were. */
async function takePlace(atEnd: AtEnd, port: number, host: string): Promise<void> {
  const socket = createSocket('udp4').bind(port, host);
  atEnd(() => void socket.close());
  await once(socket, 'listening');
}
