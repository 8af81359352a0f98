// Owns: the daemon as a whole: its parts are taken up in order here, handed to each other, and let go in reverse.
// Leaves: what each part does (control, config, supervisor, git), and the command line (cli.ts).

import type { Announcement } from '../shared/control-protocol/control.ts';
import { unattendedGitEnvironment } from '../shared/git-environment.ts';
import { printable } from '../shared/printable.ts';
import type { RemoteChanges } from '../shared/remote.ts';
import type { DaemonStatus } from '../shared/status.ts';
import { type LiveConfig, openLiveConfig } from './config/live-config.ts';
import { findRepository, type GitAt } from './config/repository.ts';
import { formatAnnouncement } from './control/line-handler.ts';
import { remoteSpelling } from './control/remote-spelling.ts';
import type { DaemonContext, DaemonOptions, Release } from './daemon-context.ts';
import { gitQuery } from './git/run-git.ts';
import { createDoneWithout } from './host/done-without.ts';
import { startTimeOf } from './host/process-identity.ts';
import { watchProcess } from './host/process-watch.ts';
import { shellStatus } from './host/system-command.ts';
import { lastingDirectory } from './host/working-directory.ts';
import { placesOf } from './instance/pipes-place.ts';
import { takePlace } from './instance/place.ts';
import { watchRepository } from './instance/repository-moved.ts';
import { createStatusWriter, writeStatus } from './instance/status-file.ts';
import { serveStatus } from './instance/status-socket.ts';
import { createStopRequest, handleSignals, type SignalActions } from './instance/stop-request.ts';
import { startWatchdog } from './instance/watchdog.ts';
import { createConfigLog, logAnnouncement } from './log/event-lines.ts';
import { createLog, type Log } from './log/log.ts';
import { commandsOf, openEndpoint } from './open-endpoint.ts';
import { openPeers, type Peers } from './peers/peers.ts';
import { programVersion } from './places.ts';
import { assembleSupervisor } from './supervisor/assemble.ts';
import { scopeOf } from './supervisor/assemble-serving.ts';
import { describeRecord } from './supervisor/remote/record.ts';
import type { Supervisor } from './supervisor/supervisor.ts';

/** Runs a daemon until it is told to stop, and returns its exit status. Throws a UserError if it cannot start. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const releases: Release[] = [];
  try {
    return await serve(await takeContext(options, (release) => releases.push(release)));
  } finally {
    await releaseAll(releases.reverse());
  }
}

/** Lets go of everything, also when something will not let go of itself. */
async function releaseAll(releases: readonly Release[]): Promise<void> {
  for (const release of releases) {
    try {
      await release();
    } catch (error) {
      process.stderr.write(`git-remote-daemon: while stopping: ${String(error)}\n`);
    }
  }
}

async function takeContext(options: DaemonOptions, onStop: DaemonContext['onStop']): Promise<DaemonContext> {
  const { mode, cwd, env } = options;
  const repository = await findRepository({ cwd, env, gitAt });
  process.chdir(lastingDirectory(repository));
  // Before anything else: what a killed daemon left may be cleared away only by whoever holds the lock.
  const { directory, lock } = await takePlace(repository.commonDir, options);
  onStop(lock.release);
  const log = createLog(mode === 'background' ? { kind: 'file', path: directory.log } : { kind: 'stderr' });
  onStop(log.close);
  const without = createDoneWithout((text) => log.warn('daemon', text));
  return { options, repository, directory, isInPlace: lock.isInPlace, log, without, onStop };
}

/** The parts know each other only through the functions made here, none of which is called before all are there. */
async function serve(context: DaemonContext): Promise<number> {
  const { options, directory, isInPlace, log, without, onStop } = context;
  const startedAt = new Date().toISOString();
  const processStarted = await startTimeOf(process.pid);
  const request = createStopRequest(
    (level, text) => log[level]('daemon', text),
    () => startWatchdog(directory.running, (text) => log.warn('daemon', text)),
  );
  let actions: SignalActions = { reload: () => undefined, describe: () => undefined };
  handleSignals(request, () => actions);
  const { parentPid } = options;
  if (parentPid !== undefined) {
    onStop(watchProcess(parentPid, () => request.stop(`its parent (pid ${parentPid}) has ended`)));
  }
  const { repository } = context;
  const peers = openPeers({ directory, repository, env: options.env, log: (text) => log.warn('peers', text) });
  onStop(peers.close);
  const config = await openConfig(context, peers);
  onStop(() => log.info('daemon', 'stopped'));
  const spell = remoteSpelling(options.remoteId ?? config.now().settings.remoteId);
  const say = (message: Announcement): void => {
    logAnnouncement(log, message, supervisor.held() !== 'no');
    endpoint.send(formatAnnouncement(message, spell));
    status.changed();
  };
  const describe = (): DaemonStatus => ({
    pid: process.pid,
    version: programVersion(),
    startedAt,
    mode: options.mode,
    ...places,
    held: supervisor.held(),
    ...whyHeld(supervisor),
    ...problemIn(config),
    doneWithout: without.now(),
    remotes: supervisor.statuses(),
    ...servedBy(supervisor),
    skipped: config.now().skipped,
    droppedLines: endpoint.droppedLines(),
    ...(config.now().settings.fetchMode === 'prefetch' && { fetchMode: 'prefetch' as const }),
  });
  const status = createStatusWriter({
    gather: describe,
    write: (now) => isInPlace() && writeStatus(directory, now, processStarted),
    fails: (why) => without.lacks('status file', `${why}; status is told by the daemon alone meanwhile`),
    works: () => without.found('status file'),
  });
  const supervisor = await assembleSupervisor(context, { config, peers, say, statusChanged: status.changed });
  without.onChange(status.changed);
  const configLog = createConfigLog(log);
  const reload = (isAsked: boolean): void => {
    const before = config.now().settings;
    const reconfigure = (changes: RemoteChanges): void => {
      // What could not be read has its line already.
      if (config.now().problem === undefined) configLog.readAgain(changes, isAsked);
      configLog.skipped(config.now().skipped);
      supervisor.reconfigure(changes, isAsked);
      // What was fetched by the other mode is not where it is wanted now.
      const { settings } = config.now();
      if (settings.fetchMode !== before.fetchMode) supervisor.checkAll();
      // What was too big may not be now.
      if (settings.maxFetchBytes !== before.maxFetchBytes) supervisor.wake({ came: true, lost: false });
    };
    config.reload().then(reconfigure).catch(request.fail);
  };
  const greeting = (): string[] =>
    supervisor.connected().map((remote) => formatAnnouncement({ kind: 'CONNECTED', remote }, spell));
  const commands = commandsOf(supervisor, () => reload(true), request.stop);
  const endpoint = await openEndpoint(context, commands, greeting);
  const places = placesOf(directory, options.mode);
  onStop(endpoint.close);
  onStop(status.close);
  onStop(serveStatus(directory, { describe, isInPlace, log: (text) => log.warn('daemon', text) }));
  onStop(supervisor.stop);
  onStop(watchRepository(directory, request.stop));
  options.onReady?.();

  log.info('daemon', `git-remote-daemon ${programVersion()} runs in ${context.repository.top} (pid ${process.pid})`);
  if (places.elsewhere !== undefined) log.info('daemon', places.elsewhere);
  const { remotes, skipped } = config.now();
  configLog.skipped(skipped);
  supervisor.reconfigure({ added: remotes, changed: [], removed: [], kept: [] }, false);
  config.onFileChange(() => reload(false));
  actions = { reload: commands.reload, describe: () => describeRemotes(log, supervisor) };
  return request.requested;
}

function problemIn(config: LiveConfig): Pick<DaemonStatus, 'configProblem'> {
  const { problem } = config.now();
  return problem === undefined ? {} : { configProblem: printable(problem) };
}

function whyHeld(supervisor: Supervisor): Pick<DaemonStatus, 'heldWhy'> {
  const heldWhy = supervisor.whyHeld();
  return heldWhy === undefined ? {} : { heldWhy };
}

function servedBy(supervisor: Supervisor): Pick<DaemonStatus, 'served'> {
  const served = supervisor.served.statuses();
  return served.length === 0 ? {} : { served };
}

/** All that is known of each remote, and of each network that is served, for whoever looks for a fault. */
function describeRemotes(log: Log, supervisor: Supervisor): void {
  log.info('daemon', `held: ${supervisor.held()}`);
  for (const record of supervisor.records()) {
    for (const line of describeRecord(record)) log.ofRemote.info(record.config.name, line);
  }
  for (const { network, lines } of supervisor.served.describe()) {
    for (const line of lines) log.ofRemote.info(scopeOf(network), line);
  }
}

async function openConfig(context: DaemonContext, peers: Peers): Promise<LiveConfig> {
  const { options, repository, directory, log, without, onStop } = context;
  const { env } = options;
  const config = await openLiveConfig({
    repository,
    git: gitAt(repository.top, unattendedGitEnvironment(env, undefined, repository.gitEnvironment)),
    env,
    secretsFile: directory.secrets,
    runShell: (command) => shellStatus(command, { cwd: repository.top, env: unattendedGitEnvironment(env) }),
    ownUuid: peers.ownUuid,
    log: (text) => log.warn('config', text),
    without,
  });
  onStop(config.close);
  return config;
}

const gitAt: GitAt =
  (cwd, env) =>
  (args, { input } = {}) =>
    gitQuery(args, { cwd, env, ...(input !== undefined && { input }) });
