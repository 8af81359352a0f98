// Owns: the networks that this repository is served on, with all they work through.
// Leaves: serving (serve), the threads (supervisor/threads), and who gives the orders (supervisor).
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { settingsOf } from '../../shared/p2p/network-settings.ts';
import type { ServeTask } from '../../shared/serve-messages.ts';
import type { Held } from '../../shared/status.ts';
import { monotonicMs, wallMsOf } from '../../shared/timing/clock.ts';
import type { ConfigNow } from '../config/live-config.ts';
import { networksOf, sharedAmong, withPeersAsFriends } from '../config/networks.ts';
import type { DaemonContext } from '../daemon-context.ts';
import { createLinkChildren } from '../git/link-children.ts';
import { lookUpRefs } from '../git/named-refs.ts';
import { gitQuery } from '../git/run-git.ts';
import type { RunningFile } from '../git/running-file.ts';
import type { WriteRequests } from '../git/write-requests.ts';
import type { Peers } from '../peers/peers.ts';
import type { ServedNetworks } from '../serve/served-networks.ts';
import { createServices } from '../serve/services.ts';
import { SERVICE_LOOP } from './threads/loop-kinds.ts';
import type { WorkerPool } from './threads/worker-pool.ts';

export interface ServingNeeds {
  readonly config: () => ConfigNow;
  readonly peers: Peers;
  readonly pool: WorkerPool;
  readonly running: RunningFile;
  readonly writes: WriteRequests;
  /** Somebody has come who is called so here. */
  readonly came: (name: string) => void;
  readonly held: () => Held;
  /** Somebody says that these repositories have something new. */
  readonly told: (uuids: readonly string[]) => void;
  readonly peerSeen: (address: string) => void;
  readonly statusChanged: () => void;
}

export function assembleServing({ options, repository, log }: DaemonContext, needs: ServingNeeds): ServedNetworks {
  const { config, peers, pool, running, writes, came, held, told, peerSeen, statusChanged } = needs;
  const { requestWrite, withdrawWrite } = writes;
  const at = { cwd: repository.top, env: unattendedGitEnvironment(options.env, undefined, repository.gitEnvironment) };
  return createServices({
    networks: () => networksOf(config()).map(({ name }) => name),
    taskFor: (network) => ({
      network,
      directory: repository.top,
      gitDir: repository.commonDir,
      repositoryVariables: repository.gitEnvironment,
      // Made by whoever reads the config, where something is served.
      uuid: config().ownUuid ?? '',
      torProxy: config().settings.torProxy,
      settings: settingsOf(network, withPeersAsFriends(config())),
      secrets: config().secrets.networks[network] ?? {},
      ...newsFor(network, config()),
    }),
    openLoop: (task, onReport) => {
      const owner = { kind: 'service', name: task.network } as const;
      return pool.open(SERVICE_LOOP, { task, owner, carrier: carrierOf(task.network) }, onReport);
    },
    ...createLinkChildren(running),
    requestWrite,
    withdrawWrite,
    names: peers.names,
    seen: ({ tokenId, uuid }) => peers.seen(tokenId, uuid),
    came: ({ tokenId }) => {
      const name = peers.nameOf(tokenId);
      if (name !== undefined) came(name);
    },
    takeInvitation: peers.takeInvitation,
    told,
    peerSeen,
    lookUp: (names) => lookUpRefs(names, (args) => gitQuery(args, at)),
    held,
    log: (network, text) => log.ofRemote.info(scopeOf(network), text),
    warn: (network, text) => log.ofRemote.warn(scopeOf(network), text),
    statusChanged,
    forget: (network) => pool.forget({ kind: 'service', name: network }),
    nowMs: monotonicMs,
    wallMsOf,
    random: Math.random,
  });
}

function newsFor(network: string, config: ConfigNow): Pick<ServeTask, 'news'> {
  const found = networksOf(config).find(({ name }) => name === network);
  return found?.news ? { news: { isAll: !found.isServed, shared: sharedAmong(config.remotes) } } : {};
}

/** As that of the links over it (shared/rungs/peer.ts). */
const carrierOf = (network: string): string => `network ${network}`;

/** A remote may be called as a network is. */
export const scopeOf = (network: string): string => `network ${network}`;
