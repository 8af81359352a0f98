// Owns: the network telehash, by the user's package of that name: one node a repository, shared by all that use it here.
// Leaves: the node (node.ts), its keys (identity.ts), and the package (module.ts).
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../../shared/failures.ts';
import type { PeerAddress } from '../../../../shared/p2p/address.ts';
import { parseTelehashAddress } from '../../../../shared/p2p/telehash-address.ts';
import { within } from '../../../../shared/timing/within.ts';
import { createCarriers, type Share } from '../../../carriers.ts';
import { CLOSING } from '../../../patience.ts';
import type { Listening, ListenOptions, Network, NetworkContext } from '../network.ts';
import { loadCiphers } from './ciphers.ts';
import { ownIdentity } from './identity.ts';
import { findTelehash } from './module.ts';
import { createNode, type Node } from './node.ts';
import { ownAddress, placeToListen } from './own-address.ts';

const nodes = createCarriers<Node>();

const nodeOf = (context: NetworkContext): Promise<Share<Node>> =>
  nodes.take(context.gitDir, async () => {
    const ciphers = loadCiphers(findTelehash(context));
    return createNode(await ownIdentity(context.gitDir, ciphers), ciphers);
  });

export const telehash: Network = {
  dial: async (address, context, signal) => {
    signal.throwIfAborted();
    const to = address.kind === 'p2p' && address.network === 'telehash' && parseTelehashAddress(address.address);
    if (!to) throw new DaemonError('unreachable', 'there is no such address in the network telehash');
    const { carrier, release } = await nodeOf(context);
    try {
      const stream = await carrier.dial(to, signal);
      stream.once('close', () => void release());
      return stream;
    } catch (error) {
      void release();
      throw error;
    }
  },
  listen: async (options, context, signal) => {
    signal.throwIfAborted();
    const share = await nodeOf(context);
    try {
      return await listen(share, options, context);
    } catch (error) {
      await share.release();
      throw error;
    }
  },
  addresses: async (context) => {
    const { carrier, release } = await nodeOf(context);
    await release();
    return [ownAddress(carrier.own, context.settings)];
  },
};

async function listen(
  { carrier, release }: Share<Node>,
  { onStream }: ListenOptions,
  { settings }: NetworkContext,
): Promise<Listening> {
  const streams = new Set<Duplex>();
  const at: PeerAddress = ownAddress(carrier.own, settings);
  const place = placeToListen(settings, carrier.own);
  const ear = await carrier.listen(place, (stream) => {
    streams.add(stream);
    stream.once('close', () => streams.delete(stream));
    onStream(stream, at);
  });
  const ended = ear.ended.then((failure): never => {
    throw failure;
  });
  ended.catch(() => undefined);
  return {
    addresses: [at],
    how: `tcp4, at ${place.ip}:${place.port}`,
    ended,
    close: async (now) => {
      ear.close();
      // They go by links of this node.
      const gone = [...streams].map((stream) => new Promise<void>((resolve) => stream.once('close', resolve)));
      await within(Promise.all(gone), CLOSING.childMs, now);
      await release();
    },
  };
}
