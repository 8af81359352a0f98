// Owns: being found and reached by one key: a server of the node, and being told of anew.
// Leaves: the node (node.ts), how many may be on their way in (arrivals.ts), and the streams that come (hyper.ts).
import { unlessAborted } from '../../../../shared/timing/wait.ts';
import { within } from '../../../../shared/timing/within.ts';
import type { Share } from '../../../carriers.ts';
import type { Listening } from '../network.ts';
import { createArrivals } from './arrivals.ts';
import type { OwnKey } from './key.ts';
import { type HyperNode, type Place, type SecretStream, type Server, textOf } from './node.ts';

export interface Listener {
  readonly take: (stream: SecretStream) => void;
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
}

/** How often it is seen whether others know of it; hyperdht by itself looks after minutes. */
const LOOK_EVERY_MS = 15_000;
/** To tell others that it is gone. */
const FAREWELL_MS = 500;

/** Takes over the share of the node. Throws what the signal was aborted with, and then has not. */
export async function listenAt(
  key: OwnKey,
  share: Share<HyperNode>,
  { take, log, signal }: Listener,
): Promise<Listening> {
  const { carrier: node, release } = share;
  const arrivals = createArrivals();
  const server = node.createServer({ firewall: (publicKey, _, { host }) => arrivals.refuses(publicKey, host) });
  server.on('connection', (stream) => {
    arrivals.arrived(stream.remotePublicKey);
    take(stream);
  });
  const close = async (now?: AbortSignal): Promise<void> => {
    arrivals.close();
    await within(server.close(), FAREWELL_MS, now);
  };
  try {
    await unlessAborted(server.listen(node.keyPair(key.seed)), signal);
  } catch (error) {
    await close();
    throw error;
  }
  const stopLooking = keepFound(server, node, log);
  return {
    addresses: [key.address],
    how: 'the network hyper, by the key of this repository',
    // It goes on for as long as the node is there.
    ended: new Promise<never>(() => undefined),
    close: async (now) => {
      stopLooking();
      await close(now);
      await release();
    },
  };
}

/** Where all that knew of it are gone, or could not be reached, it is told of again. */
function keepFound(server: Server, node: HyperNode, log: (text: string) => void): () => void {
  let isOver = false;
  let wasFound = true;
  let wasSeen: { readonly by: string; readonly at: string } | undefined;
  /** Behind a router that has another address, or was started anew, it is reached by another way than it was told of. */
  const compareWay = async (place: Place): Promise<void> => {
    const [by, at] = [textOf(place), await node.seenAt(place)];
    if (at === undefined || isOver) return;
    if (wasSeen?.by === by && wasSeen.at !== at) node.tellAgain(server);
    wasSeen = { by, at };
  };
  const look = (): void => {
    const [first] = node.foundBy(server);
    const isFound = first !== undefined;
    if (isFound) void compareWay(first);
    else node.tellAgain(server);
    if (isFound !== wasFound)
      log(
        isFound
          ? 'peers can find this repository again'
          : 'no node of the network answers: peers cannot find this repository',
      );
    wasFound = isFound;
  };
  look();
  const looking = setInterval(look, LOOK_EVERY_MS).unref();
  // They answer, and know nothing of it any more; hyperdht tells them only when minutes have passed.
  const stopWaking = node.onAwake(() => node.tellAgain(server));
  return () => {
    isOver = true;
    clearInterval(looking);
    stopWaking();
  };
}
