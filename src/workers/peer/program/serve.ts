// Owns: a network's program that serves: whoever comes is brought to a socket of git-annex's, for as long as there is one.
// Leaves: the network (../network), and whether a daemon of ours serves there already (daemon-serves.ts).
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { formatPeerUrl, networkOf, type PeerAddress, withoutWay } from '../../../shared/p2p/address.ts';
import { errorCode } from '../../../shared/system/error-code.ts';
import { aborted, wait } from '../../../shared/timing/wait.ts';
import { CannotHelp } from '../helper/cannot-help.ts';
import type { Network, NetworkContext } from '../network/network.ts';
import { daemonServes } from './daemon-serves.ts';

export interface SocketService {
  readonly network: Network;
  /** One of this repository's own. */
  readonly address: PeerAddress;
  /** As it was named to the program. */
  readonly socket: string;
  readonly context: NetworkContext;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 5_000;

/** Resolves when the signal is aborted, or nobody is left to be served. Throws a DaemonError, or CannotHelp. */
export async function serveSocket({ network, address, socket, context, signal }: SocketService): Promise<void> {
  const own = (await network.addresses?.(context)) ?? [];
  // The way to it may be another than it was.
  const isIt = (each: PeerAddress): boolean => formatPeerUrl(withoutWay(each)) === formatPeerUrl(withoutWay(address));
  if (!own.some(isIt))
    throw new CannotHelp(`that is no address of this repository: ${own.map(formatPeerUrl).join(' ')}`);
  const over = overWith(signal);
  await untilNoDaemonServes(networkOf(address), context, over.signal);
  if (over.signal.aborted) return;
  const onStream = (stream: Duplex): void => join(stream, net.connect({ path: socket, allowHalfOpen: true }));
  const listening = await network.listen({ known: [address], uuid: '', onStream }, context, signal);
  try {
    void over.untilNobodyIsLeft(socket);
    await Promise.race([aborted(over.signal), listening.ended]);
  } finally {
    await listening.close(AbortSignal.timeout(LOOK_EVERY_MS));
  }
}

/** Both serve the same repository by the same tokens; two by one address would each have half of the peers. */
async function untilNoDaemonServes(name: string, { gitDir, log }: NetworkContext, signal: AbortSignal): Promise<void> {
  if (!daemonServes(gitDir, name)) return;
  log('git-remote-daemon serves this repository here already: it is left to it for as long as it does');
  while (!signal.aborted && daemonServes(gitDir, name)) await wait(LOOK_EVERY_MS, signal);
}

/** What has started this one may be killed, and nobody tells. One that was started by a shell goes on without that. */
function overWith(signal: AbortSignal) {
  const nobodyLeft = new AbortController();
  const parent = process.ppid;
  return {
    signal: AbortSignal.any([signal, nobodyLeft.signal]),
    untilNobodyIsLeft: async (socket: string): Promise<void> => {
      while (!signal.aborted) {
        await wait(LOOK_EVERY_MS, signal);
        if (process.ppid !== parent && !(await isAnswered(socket))) nobodyLeft.abort();
      }
    },
  };
}

function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const tried = net.connect(socket);
    const settle = (isThere: boolean): void => {
      tried.destroy();
      resolve(isThere);
    };
    tried.on('connect', () => settle(true));
    tried.on('error', (error) => settle(!['ECONNREFUSED', 'ENOENT'].includes(errorCode(error) ?? '')));
  });
}

/** Each way ends by itself; where one of them fails, the other is over, too. */
function join(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => to.destroy());
    from.on('close', () => {
      // What the other still says is for nobody, and would keep it from ending.
      if (from.readableEnded) to.unpipe(from).resume();
      else to.destroy();
    });
    from.pipe(to);
  }
}
