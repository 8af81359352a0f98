// Owns: a node of the network hyper: opened, and closed in time. The only hyperdht here.
// Leaves: what streams carry (framed-stream.ts), being found (listening.ts), and who shares a node (hyper.ts).
import type HyperDHT from 'hyperdht';
import { DaemonError } from '../../../../shared/failures.ts';
import { within } from '../../../../shared/timing/within.ts';

export type SecretStream = HyperDHT.SecretStream;
export type Server = HyperDHT.Server;
export type Place = HyperDHT.Place;

export const textOf = ({ host, port }: Place): string => `${host}:${port}`;

export interface HyperNode {
  /** Fails by itself where nobody is there. */
  readonly connect: (publicKey: Uint8Array) => SecretStream;
  readonly createServer: (options: HyperDHT.ServerOptions) => Server;
  readonly keyPair: (seed: Uint8Array) => HyperDHT.KeyPair;
  /** Whether it knows any other node. */
  readonly isAlone: () => boolean;
  /** Others by which that server is found. */
  readonly foundBy: (server: Server) => readonly Place[];
  /** Where that node sees this one; undefined: it does not answer. */
  readonly seenAt: (place: Place) => Promise<string | undefined>;
  /** Has others told of that server anew, also where none has answered for long. */
  readonly tellAgain: (server: Server) => void;
  /** The machine has slept, or this process: others may have forgotten it. The answer takes the listener away. */
  readonly onAwake: (listener: () => void) => () => void;
  /** Drops what is open. Resolves soon. */
  readonly close: () => Promise<void>;
}

/** Most routers forget a way for UDP after 30 s. */
const KEEP_ALIVE_MS = 25_000;
const CLOSE_MS = 500;

/** `bootstrap` undefined: the nodes that hyperdht knows. Throws a DaemonError where it cannot run here. */
export async function openNode(bootstrap: readonly string[] | undefined): Promise<HyperNode> {
  const Dht = await load();
  // One that serves the network itself would have its traffic.
  const dht = new Dht({ bootstrap, ephemeral: true, connectionKeepAlive: KEEP_ALIVE_MS });
  return {
    connect: (publicKey) => dht.connect(publicKey),
    createServer: (options) => {
      const server = dht.createServer(options);
      if (!Array.isArray(server.relayAddresses)) throw cannotBeUsed('it is of another version than was expected');
      return server;
    },
    keyPair: (seed) => Dht.keyPair(seed),
    isAlone: () => dht.toArray().length === 0,
    foundBy: ({ relayAddresses }) => {
      // By its own, which may be among them, nobody finds it.
      const own = dht.remoteAddress();
      return relayAddresses.filter(({ host, port }) => host !== own?.host || port !== own.port);
    },
    seenAt: async (place) => {
      try {
        return textOf((await dht.ping(place)).to);
      } catch {
        return undefined;
      }
    },
    onAwake: (listener) => {
      dht.on('wakeup', listener);
      return () => void dht.off('wakeup', listener);
    },
    tellAgain: (server) => {
      // It takes itself for offline until several answer within seconds, and waits for that before it asks any.
      dht.health.reset();
      dht.refresh();
      server.refresh();
    },
    close: async () => {
      await within(dht.destroy({ force: true }), CLOSE_MS);
    },
  };
}

async function load(): Promise<typeof HyperDHT> {
  try {
    return (await import('hyperdht')).default;
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw cannotBeUsed(why, error);
  }
}

const cannotBeUsed = (why: string | undefined, cause?: unknown): DaemonError =>
  new DaemonError('not-set-up', `hyperdht cannot be used here, so there is no network hyper: ${why}`, { cause });
