// Owns: the supervisor with all it works through: the lane of git, the threads, the network, the relays' directory.
// Leaves: what each of them does, and who gives the supervisor its orders (daemon.ts).

import type { Announcement } from '../shared/control-protocol/control.ts';
import { unattendedGitEnvironment } from '../shared/git-environment.ts';
import { createLinkChildren } from './git/link-children.ts';
import { createRunningFile, endLeftovers } from './git/running-file.ts';
import { createRepositoryWork } from './git-work.ts';
import type { Ground } from './ground.ts';
import type { LiveConfig } from './live-config.ts';
import { watchNetwork } from './network.ts';
import { startTimeOf } from './process-identity.ts';
import { findRelayClient } from './relay-client.ts';
import { prepareRelayDirectory, removeRelayDirectory } from './relay-directory.ts';
import { createLoginSlots } from './supervisor/login-slots.ts';
import { createSupervisor, type Supervisor } from './supervisor/supervisor.ts';
import { createWorkerPool } from './supervisor/worker-pool.ts';
import { createTaskMaker } from './task-maker.ts';

export interface SupervisorNeeds {
  readonly config: LiveConfig;
  readonly say: (message: Announcement) => void;
  readonly statusChanged: () => void;
}

/** Also ends what a daemon that was killed left running. */
export async function assembleSupervisor(
  ground: Ground,
  { config, say, statusChanged }: SupervisorNeeds,
): Promise<Supervisor> {
  const { options, repository, directory, log, later } = ground;
  const { env } = options;
  const logAs = (scope: string) => (text: string) => log.info(scope, text);
  const processes = { startTimeOf, log: logAs('git') };
  const [relayClient] = await Promise.all([findRelayClient(env), endLeftovers(directory.running, processes)]);
  const relayDirectory = prepareRelayDirectory(directory, env);
  later(() => removeRelayDirectory(directory));

  const running = createRunningFile(directory.running, processes);
  const work = createRepositoryWork({
    place: {
      directory: repository.top,
      environment: env,
      repositoryVariables: repository.gitEnvironment,
      running,
    },
    relayClient,
    fetchMode: () => config.now().settings.fetchMode,
    fetchTimeoutMs: () => config.now().settings.fetchTimeoutMs,
    held: () => supervisor.held() !== 'no',
    log: logAs('git'),
  });
  later(work.close);
  const pool = createWorkerPool({
    entry: new URL('../workers/entry.cjs', import.meta.url),
    maxThreads: () => config.now().settings.workers,
    environment: unattendedGitEnvironment(env),
    log: logAs('threads'),
  });
  later(pool.destroy);
  const network = watchNetwork((why) => {
    log.info('network', why);
    supervisor.wake();
  });
  later(network.close);

  const supervisor = createSupervisor({
    say,
    log: log.info,
    taskFor: createTaskMaker({ repository, config: config.now, relayDirectory }),
    openLink: pool.open,
    logins: createLoginSlots(),
    work,
    sawActivity: work.sawActivity,
    ...createLinkChildren(running),
    isOnline: network.isOnline,
    checkMs: () => config.now().settings.checkMs,
    statusChanged,
    quietenWork: work.quieten,
    endRunningWork: work.endRunning,
    endWorkWith: work.endWith,
    forgetRemote: pool.forget,
    nowMs: () => Date.now(),
    random: Math.random,
  });
  return supervisor;
}
