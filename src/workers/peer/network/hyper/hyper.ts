// Owns: the network hyper: repositories that find each other by their keys, through a distributed hash table.
// Leaves: the node (node.ts), the key (key.ts), being found (listening.ts), and what streams are made of (framed-stream.ts).
import { DaemonError } from '../../../../shared/failures.ts';
import type { PeerAddress } from '../../../../shared/p2p/address.ts';
import { unlessAborted } from '../../../../shared/timing/wait.ts';
import { createCarriers, type Share } from '../../../carriers.ts';
import type { Network, NetworkContext } from '../network.ts';
import { framedStream } from './framed-stream.ts';
import { ownKey } from './key.ts';
import { listenAt } from './listening.ts';
import { type HyperNode, openNode, type SecretStream } from './node.ts';

/** Of this thread. */
const nodes = createCarriers<HyperNode>();

function takeNode({ settings: { hyperBootstrap } }: NetworkContext): Promise<Share<HyperNode>> {
  return nodes.take(hyperBootstrap?.join(' ') ?? '', () => openNode(hyperBootstrap));
}

export const hyper: Network = {
  dial: async (address, context, signal) => {
    const publicKey = keyOf(address);
    signal.throwIfAborted();
    const share = await takeNode(context);
    const secret = share.carrier.connect(publicKey);
    try {
      await unlessAborted(opened(secret, share.carrier), signal);
      return framedStream(secret, share.release);
    } catch (error) {
      secret.destroy();
      await share.release();
      throw error;
    }
  },
  listen: async ({ onStream }, context, signal) => {
    const key = ownKey(context.gitDir);
    signal.throwIfAborted();
    const share = await takeNode(context);
    const take = (secret: SecretStream): void => {
      const gone = (): void => secret.destroy();
      // The node is there, so nothing is waited for; unless it is just being closed.
      takeNode(context).then(({ release }) => onStream(framedStream(secret, release), key.address), gone);
    };
    try {
      return await listenAt(key, share, { take, log: context.log, signal });
    } catch (error) {
      await share.release();
      throw error;
    }
  },
  addresses: async ({ gitDir }) => [ownKey(gitDir).address],
};

function keyOf(address: PeerAddress): Uint8Array {
  if (address.kind === 'p2p' && address.network === 'hyper' && /^[\da-f]{64}$/.test(address.address))
    return Buffer.from(address.address, 'hex');
  throw new DaemonError('unreachable', 'there is no such address in the network hyper');
}

function opened(secret: SecretStream, node: HyperNode): Promise<void> {
  return new Promise((resolve, reject) => {
    secret
      .once('open', () => resolve())
      .on('error', (error: Error) => reject(failureOf(error, node)))
      .once('close', () => reject(failureOf(undefined, node)));
  });
}

/** The codes are those of hyperdht (its lib/errors.js). */
function failureOf(error: (Error & { readonly code?: unknown }) | undefined, node: HyperNode): DaemonError {
  const code = typeof error?.code === 'string' ? error.code : '';
  const unreachable = (why: string): DaemonError => new DaemonError('unreachable', why, { cause: error });
  if (node.isAlone())
    return unreachable('no node of the network hyper answers: see whether UDP gets out (remotedaemon.hyperBootstrap)');
  if (code === 'PEER_NOT_FOUND') return unreachable('nobody with that key is in the network hyper now');
  if (/HOLEPUNCH|RELAY/.test(code))
    return unreachable(`the peer is there, and no way leads to it through the routers on both sides (${code})`);
  return unreachable(`the peer does not answer${code && ` (${code})`}`);
}
