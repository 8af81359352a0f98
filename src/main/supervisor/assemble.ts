// Owns: the supervisor with all it works through: the lane of git, the threads, the network, the relays' directory.
// Leaves: what each of them does, and who gives the supervisor its orders (daemon.ts).
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Announcement } from '../../shared/control-protocol/control.ts';
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import type { LiveConfig } from '../config/live-config.ts';
import type { DaemonContext } from '../daemon-context.ts';
import { createLinkChildren } from '../git/link-children.ts';
import { watchOthers } from '../git/other-fetches.ts';
import { createRepositoryWork } from '../git/repository-git.ts';
import { createRunningFile, endLeftovers } from '../git/running-file.ts';
import { watchNetwork } from '../host/network/interfaces.ts';
import { startTimeOf } from '../host/process-identity.ts';
import { replaceFile } from '../instance/state-directory.ts';
import { WORKER_ENTRY } from '../places.ts';
import { relayEnvironment } from '../relay/git-over-relay.ts';
import { findRelayClient } from '../relay/relay-client.ts';
import { prepareRelayDirectory, removeRelayDirectory } from '../relay/relay-directory.ts';
import { createLoginSlots, createPollSlots } from './link/gates.ts';
import { createTaskMaker } from './link/link-task.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { openCompiledCode } from './threads/compiled-code.ts';
import { createWorkerPool } from './threads/worker-pool.ts';

export interface SupervisorNeeds {
  readonly config: LiveConfig;
  readonly say: (message: Announcement) => void;
  readonly statusChanged: () => void;
}

/** Also ends what a daemon that was killed left running. */
export async function assembleSupervisor(
  context: DaemonContext,
  { config, say, statusChanged }: SupervisorNeeds,
): Promise<Supervisor> {
  const { options, repository, directory, log, onStop } = context;
  const { env } = options;
  const logAs = (scope: string) => (text: string) => log.info(scope, text);
  const processes = { startTimeOf, log: logAs('git') };
  const [relayClient] = await Promise.all([findRelayClient(env), endLeftovers(directory.running, processes)]);
  const relayDirectory = prepareRelayDirectory(directory, env);
  onStop(() => removeRelayDirectory(directory));

  const running = createRunningFile(directory.running, processes);
  const work = createRepositoryWork({
    place: {
      directory: repository.top,
      environment: env,
      repositoryVariables: repository.gitEnvironment,
      running,
      seesOther: watchOthers(repository.top),
    },
    refsDirectory: path.join(repository.commonDir, 'refs'),
    relayEnvironment: (socketPath, target) => relayEnvironment(relayClient, socketPath, target),
    fetchMode: () => config.now().settings.fetchMode,
    fetchTimeoutMs: () => config.now().settings.fetchTimeoutMs,
    held: () => supervisor.held() !== 'no',
    log: logAs('git'),
  });
  onStop(work.close);
  const pool = createWorkerPool({
    entry: WORKER_ENTRY,
    maxThreads: () => config.now().settings.workers,
    environment: unattendedGitEnvironment(env),
    log: logAs('threads'),
    code: openCompiledCode({
      file: directory.compiled,
      directory: path.dirname(fileURLToPath(WORKER_ENTRY)),
      write: (content) => replaceFile(directory.compiled, content),
      log: logAs('threads'),
    }),
  });
  onStop(pool.destroy);
  const network = watchNetwork((why) => {
    log.info('network', why);
    supervisor.wake();
  });
  onStop(network.close);

  const supervisor = createSupervisor({
    say,
    log: log.info,
    logOrder: logAs('daemon'),
    taskFor: createTaskMaker({ repository, config: config.now, relayDirectory }),
    openLoop: pool.open,
    logins: createLoginSlots(),
    polls: createPollSlots(),
    git: work,
    sawActivity: work.sawActivity,
    ...createLinkChildren(running),
    isOnline: network.isOnline,
    checkMs: () => config.now().settings.checkMs,
    statusChanged,
    quietenWork: work.quieten,
    endRunningWork: work.endRunning,
    endWorkWith: work.endWith,
    forgetRemote: (name) => pool.forget({ kind: 'remote', name }),
    nowMs: () => Date.now(),
    random: Math.random,
  });
  return supervisor;
}
