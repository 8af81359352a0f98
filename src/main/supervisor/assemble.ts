// Owns: the supervisor with all it works through: the lane of git, the threads, the network, the relays' directory.
// Leaves: what each of them does, and who gives the supervisor its orders (daemon.ts).
import type { Told } from '../../shared/control-protocol/control.ts';
import { homeHere, homeInPasswd } from '../../shared/system/home.ts';
import { monotonicMs, wallMsOf } from '../../shared/timing/clock.ts';
import type { LiveConfig } from '../config/live-config.ts';
import { watchSshSettings } from '../config/ssh-settings-watch.ts';
import type { DaemonContext } from '../daemon-context.ts';
import { createLinkChildren } from '../git/link-children.ts';
import { createRefsHere } from '../git/refs-here.ts';
import { createRunningFile, endLeftovers } from '../git/running-file.ts';
import { createTagsMark } from '../git/tags-mark.ts';
import { watchClues } from '../host/login-clues.ts';
import { startTimeOf } from '../host/process-identity.ts';
import { outputOf } from '../host/system-command.ts';
import type { Peers } from '../peers/peers.ts';
import { prepareDoors } from '../relay/doors.ts';
import { prepareHelpers } from '../relay/helpers.ts';
import { perlOf } from '../relay/relay-client.ts';
import { prepareRelayDirectory } from '../relay/relay-directory.ts';
import { assembleGit } from './assemble-git.ts';
import { assembleNetwork } from './assemble-network.ts';
import { assemblePeers } from './assemble-peers.ts';
import { assembleServing } from './assemble-serving.ts';
import { type Begun, endThreads } from './assemble-threads.ts';
import { createAccounts } from './link/accounts.ts';
import { createGates } from './link/gates.ts';
import { createTaskMaker } from './link/link-task.ts';
import { peerClues, shownClue } from './link/peer-clues.ts';
import { createServerLimits } from './link/server-limits.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { LINK_LOOP } from './threads/loop-kinds.ts';

export interface SupervisorNeeds {
  readonly begun: Begun;
  readonly config: LiveConfig;
  readonly peers: Peers;
  readonly say: (message: Told) => void;
  readonly statusChanged: () => void;
}

/** Also ends what a daemon that was killed left running. */
export async function assembleSupervisor(
  context: DaemonContext,
  { begun, config, peers, say, statusChanged }: SupervisorNeeds,
): Promise<Supervisor> {
  const { options, repository, directory, isInPlace, log, without, onStop } = context;
  const { env } = options;
  const { pool } = begun;
  const logAs = (scope: string) => (text: string) => log.info(scope, text);
  const processes = { startTimeOf, log: logAs('git') };
  const [relayClient] = await Promise.all([begun.relayClient, endLeftovers(directory.running, processes)]);
  const relays = prepareRelayDirectory(directory, env, without, isInPlace);
  onStop(relays.remove);
  const doors = prepareDoors({ directory, isInPlace, client: relayClient, without });
  onStop(doors.remove);
  const helpers = prepareHelpers({ directory, isInPlace, perl: perlOf(relayClient, env) });
  onStop(helpers.remove);

  const running = createRunningFile(directory.running, processes);
  const work = assembleGit(context, {
    config: config.now,
    running,
    relays,
    relayClient,
    helpers,
    held: () => supervisor.held() !== 'no',
  });
  onStop(work.close);
  onStop(endThreads(pool));
  const network = assembleNetwork(context, { config, supervisor: () => supervisor });
  const accounts = createAccounts(monotonicMs, (of) => void clues.begin(of));
  const clues = watchClues({
    clues: () => {
      const refused = supervisor.records().flatMap(({ link, config: remote }) => (link.kind === 'down' ? remote : []));
      if (refused.length === 0) return undefined;
      const { files } = config.now().means;
      return [...accounts.clues(), { files }, ...peerClues(refused, repository.commonDir)];
    },
    home: homeHere(env.HOME),
    changed: (what) => {
      log.info('daemon', `${shownClue(what, repository.commonDir)} has changed: what was refused is tried again`);
      supervisor.mended();
    },
  });
  onStop(clues.close);
  const limits = createServerLimits(() => performance.now());
  const sshSettings = watchSshSettings({
    home: homeInPasswd() ?? homeHere(env.HOME),
    directory: repository.top,
    remotes: () => config.now().remotes,
    ask: (program, args) => outputOf(program, args, { env, cwd: repository.top }),
    changed: (changed) => {
      log.info('config', `ssh's config reaches ${changed.map(({ name }) => name).join(', ')} in another way now`);
      supervisor.reconfigure({ added: [], removed: [], kept: [], changed }, false);
    },
    without,
  });
  onStop(sshSettings.close);
  const served = assembleServing(context, {
    config: config.now,
    peers,
    pool,
    running,
    writes: work,
    came: (name) => supervisor.peerCame(name),
    held: () => supervisor.held(),
    told: (uuids) => supervisor.told(uuids),
    peerSeen: (address) => supervisor.peerSeen(address),
    statusChanged,
  });
  const withPeers = assemblePeers(context, {
    config: config.now,
    peers,
    say,
    begins: (of) => void clues.begin(of),
    renew: (remote) => supervisor.reconfigure({ added: [], removed: [], kept: [], changed: [remote] }, false),
  });
  const supervisor = createSupervisor({
    served,
    say,
    log: log.ofRemote.info,
    debug: log.ofRemote.debug,
    logOrder: logAs('daemon'),
    taskFor: createTaskMaker({
      repository,
      config: config.now,
      limits,
      peerTask: withPeers.taskFor,
      newRelaySocket: relays.newSocket,
    }),
    noteChannels: ({ rung }, found) => limits.note(rung, found),
    hearOfPeer: withPeers.hear,
    wasReached: peers.wasReached,
    openLoop: (options, onReport) =>
      pool.open(LINK_LOOP, options, (report) => {
        doors.hear(options.task, report);
        onReport(report);
      }),
    gates: createGates(),
    accounts,
    isDown: clues.look,
    git: work,
    sawActivity: work.sawActivity,
    ...createLinkChildren(running),
    isHere: createRefsHere(repository.commonDir),
    tagsMark: createTagsMark(repository.commonDir),
    isOnline: network.isOnline,
    checkMs: () => config.now().settings.checkMs,
    statusChanged,
    quietenWork: work.quieten,
    endRunningWork: work.endRunning,
    endWorkWith: work.endWith,
    configured: () => {
      work.configured(config.now().remotes);
      sshSettings.look();
      withPeers.configured();
      network.configured();
    },
    forgetRemote: (name) => pool.forget({ kind: 'remote', name }),
    nowMs: monotonicMs,
    wallMsOf,
    random: Math.random,
  });
  await network.settled();
  return supervisor;
}
