// Owns: repositories of the tests as nodes of telehash, on loopback, and streams between them.
// Leaves: what goes over them (the tests beside it), and real telehash (real-telehash.ts).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { PeerAddress } from '../../../../../src/shared/p2p/address.ts';
import type { NetworkSettings } from '../../../../../src/shared/p2p/network-settings.ts';
import type { Listening, NetworkContext } from '../../../../../src/workers/peer/network/network.ts';
import { telehash } from '../../../../../src/workers/peer/network/telehash/telehash.ts';
import { freePort } from '../../../../support/free-port.ts';
import { makeScratch } from '../../../../support/temp-repo.ts';

/** Resolves when it is gone, however that came. */
export const closing = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => {
    stream.once('close', resolve);
  });

export interface TestNode {
  readonly context: NetworkContext;
  readonly port: number;
  readonly address: (settings?: NetworkSettings) => Promise<PeerAddress>;
  readonly dial: (to: PeerAddress, signal?: AbortSignal) => Promise<Duplex>;
  readonly listen: (onStream: (stream: Duplex, at: PeerAddress) => void) => Promise<Listening>;
}

/** One for each name. What they have open is gone when the test is over. */
export async function makeNodes<Name extends string>(
  names: readonly Name[],
  settings: NetworkSettings = {},
): Promise<Record<Name, TestNode>> {
  const { directory, env } = makeScratch(onTestFinished);
  const nodes = await Promise.all(
    names.map(async (name) => [name, await makeNode(join(directory, name), env)] as const),
  );
  return Object.fromEntries(nodes) as Record<Name, TestNode>;

  async function makeNode(at: string, environment: NetworkContext['environment']): Promise<TestNode> {
    mkdirSync(join(at, '.git'), { recursive: true });
    const port = await freePort('127.0.0.1');
    const context: NetworkContext = {
      ...{ directory: at, gitDir: join(at, '.git'), environment, secrets: {} },
      torProxy: { host: '127.0.0.1', port: 1 },
      settings: { telehashListen: `127.0.0.1:${port}`, ...settings },
      noteChild: () => undefined,
      log: () => undefined,
    };
    return {
      ...{ context, port },
      address: async (more) => {
        const there = { ...context, settings: { ...context.settings, ...more } };
        return firstOf((await telehash.addresses?.(there)) ?? []);
      },
      dial: async (to, signal = new AbortController().signal) => {
        const stream = await telehash.dial(to, context, signal);
        onTestFinished(() => void stream.destroy());
        return stream.on('error', () => undefined);
      },
      listen: async (onStream) => {
        const listening = await telehash.listen(
          { known: [], uuid: 'u', onStream },
          context,
          new AbortController().signal,
        );
        onTestFinished(() => listening.close(AbortSignal.abort()));
        return listening;
      },
    };
  }
}

function firstOf<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('there is none');
  return first;
}
