// Owns: links to peers, for tests: a repository whose remote is a peer in the network of the tests, and git over its relay.
// Leaves: the peers (../scripted-peer.ts, test/support/annex-peer.ts).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { relayEnvironment } from '../../../../src/main/relay/git-over-relay.ts';
import { parsePeerUrl } from '../../../../src/shared/p2p/address.ts';
import type { PeerRung } from '../../../../src/shared/rungs/peer.ts';
import type { PeerTask } from '../../../../src/shared/thread-messages.ts';
import { socketNetwork } from '../../../support/socket-network.ts';
import { cloneRepo, openRepo, type Scratch } from '../../../support/temp-repo.ts';
import { startLoop, type TestLoop, taskIn } from '../../loop.ts';
import { NOWHERE, NOWHERE_URL } from '../../ssh/link.ts';
import { OWN_UUID, TOKEN } from '../scripted-peer.ts';

const STAND_IN = fileURLToPath(new URL('../../../../dist/main/relay/stand-in.js', import.meta.url));

/** Below the scratch directory: where the peer called `friend` is to listen. */
export const FRIEND = 'net/friend';
export const CONNECTED = 'connected its own daemon, over sock';

export interface LinkOptions {
  readonly token?: string;
  readonly uuid?: string;
  readonly peer?: Partial<PeerTask>;
}

export interface Here {
  /** A link to `friend`. */
  readonly open: (options?: LinkOptions) => TestLoop;
  /** git, which can reach its remote over the link alone. */
  readonly fetch: () => Promise<string>;
  /** Of the peer's main, as it was fetched. */
  readonly tip: () => Promise<string>;
}

/** A clone of `source`, whose remote is `friend`. */
export async function makeHere(scratch: Scratch, source: string): Promise<Here> {
  const network = socketNetwork(scratch);
  const clone = await cloneRepo(scratch, source, 'clone', NOWHERE_URL);
  const socket = join(scratch.directory, 'relay');
  const variables = relayEnvironment([process.execPath, STAND_IN], socket, NOWHERE);
  const fetcher = openRepo(clone.directory, { ...scratch.env, ...variables });
  const gitDir = join(clone.directory, '.git');
  mkdirSync(join(gitDir, 'annex/creds'), { recursive: true });
  return {
    open: ({ token = TOKEN, uuid, peer } = {}) => {
      writeFileSync(join(gitDir, 'annex/creds/sock%3Afriend'), `${token}\n`);
      return startLoop(onTestFinished, {
        ...taskIn({ ...scratch, env: network.env }, clone, rungOf(network.urlOf('friend'), uuid)),
        peer: {
          ownUuid: OWN_UUID,
          gitDir,
          torProxy: { host: '127.0.0.1', port: 1 },
          settings: {},
          secrets: {},
          ...peer,
        },
        relaySocket: socket,
        objectsDirectory: join(gitDir, 'objects'),
      });
    },
    fetch: () => fetcher.git('fetch', '--quiet', 'origin'),
    tip: () => fetcher.git('rev-parse', 'origin/main'),
  };
}

function rungOf(url: string, uuid: string | undefined): PeerRung {
  const address = parsePeerUrl(url);
  if ('why' in address) throw new Error(address.why);
  return { kind: 'peer', address, url, ...(uuid !== undefined && { uuid }) };
}
