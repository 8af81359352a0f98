// Owns: what a worker is given for a link: everything it cannot ask for.
// Leaves: which rung it is for (supervisor), and opening the link (workers).
import { createHash, randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Remote, RemoteName } from '../../../shared/remote.ts';
import { type Rung, rowOf } from '../../../shared/rungs/rungs.ts';
import type { LinkTask, PeerTask } from '../../../shared/thread-messages.ts';
import type { ConfigNow } from '../../config/live-config.ts';
import type { Repository } from '../../config/repository.ts';
import type { ServerLimits } from './server-limits.ts';

export interface TaskMakerOptions {
  readonly repository: Repository;
  readonly config: () => Pick<ConfigNow, 'secrets'>;
  readonly limits: Pick<ServerLimits, 'mostChannels'>;
  /** What each link to a peer needs besides. */
  readonly peerTask: (remote: RemoteName) => PeerTask;
  /** Where a relay socket may be made, another each time; undefined: nowhere. */
  readonly newRelaySocket: () => string | undefined;
}

/** Makes the task of one link. Each gets a socket path of its own, so that no two links can ever meet in one. */
export function createTaskMaker(options: TaskMakerOptions): (remote: Remote, rung: Rung) => LinkTask {
  const { repository, config, limits, peerTask, newRelaySocket } = options;
  // Of this process alone: with the repository another machine's copy of it would have the same.
  const daemon = randomBytes(16);
  const linked = new Set<RemoteName>();
  return (remote, rung) => {
    const isFirst = !linked.has(remote.name);
    linked.add(remote.name);
    const row = rowOf(rung);
    const section = row.secrets(rung);
    const mostChannels = limits.mostChannels(rung);
    const relaySocket = remote.fetches && row.relay(rung) !== undefined ? newRelaySocket() : undefined;
    return {
      remote: remote.name,
      url: remote.url,
      rung,
      refs: remote.refs,
      ...(remote.sshCommand && { sshCommand: remote.sshCommand }),
      directory: repository.top,
      repositoryVariables: repository.gitEnvironment,
      ...(rung.kind === 'peer' && { peer: peerTask(remote.name) }),
      watcherMark: `grd-${createHash('sha256').update(daemon).update(remote.name).digest('hex').slice(0, 16)}`,
      ...(isFirst && { isFirst }),
      objectsDirectory: path.join(repository.commonDir, 'objects'),
      ...(mostChannels === undefined ? {} : { mostChannels }),
      ...(relaySocket === undefined ? {} : { relaySocket }),
      secrets: section === undefined ? {} : config().secrets[section],
    };
  };
}
