// Owns: a node of the network telehash: its links, those it makes and those that come, and streams over them.
// Leaves: a link itself (link.ts), who shares the node (telehash.ts), and where it is to listen (own-address.ts).
import net, { type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../../shared/failures.ts';
import type { Path, TelehashAddress } from '../../../../shared/p2p/telehash-address.ts';
import { errorCode } from '../../../../shared/system/error-code.ts';
import { unlessAborted } from '../../../../shared/timing/wait.ts';
import type { Carrier } from '../../../carriers.ts';
import type { Ciphers } from './ciphers.ts';
import type { Identity } from './identity.ts';
import { type Link, type LinkOptions, openLink } from './link.ts';

export type OnStream = (stream: Duplex) => void;

export interface Node extends Carrier {
  readonly own: Identity;
  /** A stream over the link that is there, whoever made it, else over a new one. Throws a DaemonError, or the signal's reason. */
  readonly dial: (to: TelehashAddress, signal: AbortSignal) => Promise<Duplex>;
  /** Takes links and streams. Throws a DaemonError. */
  readonly listen: (place: Path, onStream: OnStream) => Promise<Ear>;
}

export interface Ear {
  /** Settles when it hears no more by itself. */
  readonly ended: Promise<DaemonError>;
  /** The links stay. */
  readonly close: () => void;
}

interface Known {
  readonly link: Link;
  /** Of the other node, once it is known. */
  hashname?: string;
}

/** Of one that nothing goes over, and which is not known, there can be as many as somebody wants. */
const MOST_LINKS = 256;

export function createNode(own: Identity, ciphers: Ciphers): Node {
  const links = new Set<Known>();
  /** That had to make room, and are not gone yet. */
  const leaving = new Set<Known>();
  const reaching = new Map<string, Promise<Known>>();
  const state: { onStream?: OnStream | undefined } = {};

  const join = (options: Pick<LinkOptions, 'socket' | 'expected'>): Known => {
    const link = openLink({ ...options, own, ciphers, onStream: () => state.onStream });
    const joined: Known = { link };
    links.add(joined);
    void link.closed.then(() => {
      links.delete(joined);
      leaving.delete(joined);
    });
    link.known.then(
      (hashname) => {
        joined.hashname = hashname;
      },
      // Its channels are told; until it is known it has none.
      () => undefined,
    );
    return joined;
  };
  const welcome = (socket: Socket): void => {
    if (links.size >= MOST_LINKS) {
      const all = [...links];
      const least =
        all.find(({ hashname }) => hashname === undefined) ?? all.find(({ link }) => link.channels.isIdle());
      if (least === undefined) return void socket.destroy();
      links.delete(least);
      leaving.add(least);
      least.link.end(new DaemonError('dropped', 'there are too many links'));
    }
    join({ socket });
  };
  const reach = async ({ hashname, way }: TelehashAddress): Promise<Known> => {
    if (way === undefined) throw unreachable('it has to come by itself: its address tells no way there');
    const expected = { hashname, key: Buffer.from(way.key) };
    const tries = way.paths.map(({ ip, port }) => join({ socket: net.connect({ host: ip, port }), expected }));
    const first = await Promise.any(tries.map((each) => each.link.known.then(() => each))).catch((error: unknown) => {
      throw (error instanceof AggregateError && error.errors[0]) || error;
    });
    for (const each of tries) if (each !== first) each.link.end(new DaemonError('cancelled', 'another way was faster'));
    return first;
  };
  const linkTo = (to: TelehashAddress): Promise<Known> => {
    const under = reaching.get(to.hashname);
    if (under !== undefined) return under;
    const fresh = reach(to).finally(() => reaching.delete(to.hashname));
    fresh.catch(() => undefined);
    reaching.set(to.hashname, fresh);
    return fresh;
  };
  return {
    own,
    dial: async (to, signal) => {
      signal.throwIfAborted();
      if (to.hashname === own.hashname) throw unreachable('it is this repository itself');
      // The last is the likeliest to be alive.
      for (const { link } of [...links].reverse().filter(({ hashname }) => hashname === to.hashname)) {
        const stream = await openIfTaken(link, signal);
        if (stream !== undefined) return stream;
      }
      const { link } = await unlessAborted(linkTo(to), signal);
      return link.channels.open(signal);
    },
    listen: async (place, onStream) => {
      const server = await listenAt(place, welcome);
      state.onStream = onStream;
      const ended = new Promise<DaemonError>((resolve) => {
        server.once('error', (error) =>
          resolve(new DaemonError('dropped', `telehash listens no more: ${error.message}`)),
        );
      });
      const close = (): void => {
        state.onStream = undefined;
        server.close();
      };
      return { ended, close };
    },
    close: async () => {
      const all = [...links, ...leaving];
      for (const { link } of all) link.end(new DaemonError('cancelled', 'the node is closed'));
      await Promise.all(all.map(({ link }) => link.closed));
    },
  };
}

const unreachable = (detail: string): DaemonError => new DaemonError('unreachable', detail);

/** A link may be dead, or made by a program of theirs that takes no streams: somebody is where they are all the same. */
async function openIfTaken({ channels }: Link, signal: AbortSignal): Promise<Duplex | undefined> {
  try {
    return await channels.open(signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof DaemonError) || error.code === 'not-now') throw error;
    return undefined;
  }
}

function listenAt({ ip, port }: Path, onSocket: (socket: Socket) => void): Promise<Server> {
  const server = net.createServer(onSocket);
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      const code = errorCode(error);
      const why = code === 'EADDRINUSE' ? 'somebody else has that port' : error.message;
      const toDo = 'where it is to listen stands in remotedaemon.telehashListen';
      reject(new DaemonError('not-now', `telehash cannot listen at ${ip}:${port}: ${why}; ${toDo}`, { cause: error }));
    });
    server.listen({ host: ip, port }, () => {
      server.removeAllListeners('error');
      resolve(server);
    });
  });
}
