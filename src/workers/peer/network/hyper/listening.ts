// Owns: being found and reached by one key: a server of the node, how many may be on their way in, and being told of anew.
// Leaves: the node (node.ts), and the streams that come (hyper.ts).
import { unlessAborted } from '../../../../shared/timing/wait.ts';
import { within } from '../../../../shared/timing/within.ts';
import type { Share } from '../../../carriers.ts';
import type { Listening } from '../network.ts';
import type { OwnKey } from './key.ts';
import type { HyperNode, SecretStream, Server } from './node.ts';

export interface Arrivals {
  readonly take: (stream: SecretStream) => void;
  readonly log: (text: string) => void;
  readonly signal: AbortSignal;
}

/** At once; each has made itself known, and has no stream yet. Further ones are not answered. */
const MOST_ARRIVING = 100;
/** After which hyperdht gives one up. */
const ARRIVING_MS = 10_000;
/** How often it is seen whether others know of it; hyperdht by itself looks after minutes. */
const LOOK_EVERY_MS = 15_000;
/** To tell others that it is gone. */
const FAREWELL_MS = 500;

/** Takes over the share of the node. Throws what the signal was aborted with, and then has not. */
export async function listenAt(key: OwnKey, share: Share<HyperNode>, arrivals: Arrivals): Promise<Listening> {
  const { carrier: node, release } = share;
  const gate = createGate();
  const server = node.createServer({ firewall: gate.refuses });
  server.on('connection', (stream) => {
    gate.arrived();
    arrivals.take(stream);
  });
  const close = async (now?: AbortSignal): Promise<void> => {
    gate.close();
    await within(server.close(), FAREWELL_MS, now);
  };
  try {
    await unlessAborted(server.listen(node.keyPair(key.seed)), arrivals.signal);
  } catch (error) {
    await close();
    throw error;
  }
  const stopLooking = keepFound(server, node, arrivals.log);
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

/** Anybody may come: who has no token gets no further than the door. */
function createGate() {
  const arriving = new Set<NodeJS.Timeout>();
  const leave = (timer: NodeJS.Timeout | undefined): void => {
    clearTimeout(timer);
    if (timer !== undefined) arriving.delete(timer);
  };
  return {
    refuses: (): boolean => {
      if (arriving.size >= MOST_ARRIVING) return true;
      const timer = setTimeout(() => leave(timer), ARRIVING_MS).unref();
      arriving.add(timer);
      return false;
    },
    /** One of them, whichever. */
    arrived: () => leave(arriving.values().next().value),
    close: () => [...arriving].forEach(leave),
  };
}

/** Where all that knew of it are gone, or could not be reached, it is told of again. */
function keepFound(server: Server, node: HyperNode, log: (text: string) => void): () => void {
  let wasFound = true;
  const look = (): void => {
    const isFound = node.isFound(server);
    if (!isFound) node.tellAgain(server);
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
  return () => clearInterval(looking);
}
