// Owns: the daemon as a whole: its parts are taken up in order here, handed to each other, and let go in reverse.
// Leaves: what each part does (control, config, supervisor, git), and the command line (cli.ts).
import type { Told } from '../shared/control-protocol/control.ts';
import { unattendedGitEnvironment } from '../shared/git-environment.ts';
import { tracingLeftOut } from '../shared/git-tracing.ts';
import type { LogLevel } from '../shared/log-line.ts';
import { printable } from '../shared/printable.ts';
import { type DaemonStatus, STATUS_VERSION } from '../shared/status.ts';
import { wallMsOf } from '../shared/timing/clock.ts';
import { type LiveConfig, openLiveConfig } from './config/live-config.ts';
import { checkConfig } from './config/read-all.ts';
import { findRepository } from './config/repository.ts';
import { formatAnnouncement } from './control/line-handler.ts';
import { remoteSpelling } from './control/remote-spelling.ts';
import type { DaemonContext, DaemonOptions, Release } from './daemon-context.ts';
import { gitAt, gitOf } from './git/git-at.ts';
import { createDoneWithout } from './host/done-without.ts';
import { startTimeOf } from './host/process-identity.ts';
import { watchProcess } from './host/process-watch.ts';
import { shellStatus } from './host/system-command.ts';
import { lastingDirectory } from './host/working-directory.ts';
import { placesOf } from './instance/pipes-place.ts';
import { takePlace } from './instance/place.ts';
import { watchRepository } from './instance/repository-moved.ts';
import { serveRequests } from './instance/request-socket.ts';
import { createStatusWriter, writeStatus } from './instance/status-file.ts';
import { createStopRequest, handleSignals, type SignalActions } from './instance/stop-request.ts';
import { startWatchdog } from './instance/watchdog.ts';
import { openJournal } from './journal/journal.ts';
import { happenedBy } from './journal/what-happened.ts';
import { createConfigLog, logTold } from './log/event-lines.ts';
import { createLog } from './log/log.ts';
import { commandsOf, openEndpoint } from './open-endpoint.ts';
import { openPeers, type Peers } from './peers/peers.ts';
import { programVersion } from './places.ts';
import { assembleSupervisor } from './supervisor/assemble.ts';
import { type Begun, beginAssembly, endThreads } from './supervisor/assemble-threads.ts';
import { describeRemotes } from './supervisor/describe-remotes.ts';
import { createReloading } from './supervisor/requests/reloading.ts';
import { createRequestDesk } from './supervisor/requests/request-desk.ts';
import type { Supervisor } from './supervisor/supervisor.ts';
import { reasonOf } from './user-error.ts';

/** Runs a daemon until it is told to stop, and returns its exit status. Throws a UserError if it cannot start. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const begun = beginAssembly(options);
  // What is taken up after them may be what they work through, and goes after them (supervisor/assemble.ts).
  const releases: Release[] = [endThreads(begun.pool)];
  try {
    const context = await takeContext(options, (release) => releases.push(release));
    return await serve(context, begun).catch((error) => {
      context.journal.ends(printable(`it could not go on: ${reasonOf(error)}`));
      throw error;
    });
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
  const repository = await findRepository({ cwd, env, gitAt: gitAt() });
  process.chdir(lastingDirectory(repository));
  // The one that runs is not ended for one that could not begin.
  if (options.replace) await checkConfig(gitOf(env, repository), repository.top, env);
  // Before anything else: what a killed daemon left may be cleared away only by whoever holds the lock.
  const { directory, lock } = await takePlace(repository.commonDir, options);
  onStop(lock.release);
  // What ps, top and `pkill -f` show; cut to what room the command line had.
  process.title = `git-remote-daemon ${repository.top}`;
  const target =
    mode === 'background' ? ({ kind: 'file', path: directory.log } as const) : ({ kind: 'stderr' } as const);
  const log = createLog(target, options.logLevel ? { level: options.logLevel } : {});
  onStop(log.close);
  const without = createDoneWithout((text, level) => log[level]('daemon', text));
  const journal = openJournal({ at: directory.journal, isInPlace: lock.isInPlace, without });
  onStop(journal.close);
  journal.note({ event: 'STARTED', pid: process.pid, version: programVersion(), mode });
  return { options, repository, directory, isInPlace: lock.isInPlace, log, journal, without, onStop };
}

/** The parts know each other only through the functions made here, none of which is called before all are there. */
async function serve(context: DaemonContext, begun: Begun): Promise<number> {
  const { options, repository, directory, isInPlace, log, journal, without, onStop } = context;
  const startedAt = new Date().toISOString();
  const processStarted = await startTimeOf(process.pid);
  const request = createStopRequest(
    (level, text) => log[level]('daemon', text),
    (why) => {
      journal.ends(printable(why));
      startWatchdog(directory.running, (text) => log.warn('daemon', text));
    },
  );
  let actions: SignalActions = { reload: () => undefined, describe: () => undefined };
  handleSignals(request, () => actions);
  const { parentPid } = options;
  if (parentPid !== undefined)
    onStop(watchProcess(parentPid, () => request.stop(`its parent (pid ${parentPid}) has ended`)));
  const peers = openPeers({ directory, repository, env: options.env, log: (text) => log.warn('peers', text) });
  onStop(peers.close);
  const config = await openConfig(context, peers);
  begun.join({ log, config: config.now });
  onStop(() => log.info('daemon', 'stopped'));
  const wantedLevel = (): LogLevel => options.logLevel ?? config.now().settings.logLevel;
  log.setLevel(wantedLevel());
  const spell = remoteSpelling(options.remoteId ?? config.now().settings.remoteId);
  const say = (message: Told): void => {
    logTold(log, message, supervisor.held() !== 'no');
    endpoint.send(formatAnnouncement(message, spell));
    journal.note(happenedBy(message));
    status.changed();
  };
  const describe = (): DaemonStatus => ({
    version: STATUS_VERSION,
    pid: process.pid,
    programVersion: programVersion(),
    startedAt,
    mode: options.mode,
    ...places,
    held: supervisor.held(),
    ...besides(config, supervisor),
    doneWithout: without.now(),
    remotes: supervisor.statuses(),
    skipped: config.now().skipped,
    droppedLines: endpoint.droppedLines(),
  });
  const status = createStatusWriter({
    gather: describe,
    write: (now) => isInPlace() && writeStatus(directory, now, processStarted),
    fails: (why) => without.lacks('status file', `${why}; status is told by the daemon alone meanwhile`),
    works: () => without.found('status file'),
  });
  const supervisor = await assembleSupervisor(context, { begun, config, peers, say, statusChanged: status.changed });
  const configLog = createConfigLog(log);
  const { reload, reloadFor } = createReloading({
    ...{ config, supervisor, ...configLog, failed: request.fail },
    taken: () => log.setLevel(wantedLevel()),
  });
  const greeting = (): string[] =>
    supervisor.connected().map((remote) => formatAnnouncement({ kind: 'CONNECTED', remote }, spell));
  const commands = commandsOf(supervisor, () => reload(true), request.stop, journal.note);
  const endpoint = await openEndpoint(context, commands, greeting);
  const places = placesOf(directory, options.mode);
  onStop(endpoint.close);
  onStop(status.close);
  const carryOut = createRequestDesk({
    ...{ supervisor, describe, wallMsOf, all: commands, note: journal.note, reload: reloadFor },
    skipped: () => config.now().skipped,
    hasParent: options.mode === 'foreground',
  });
  const served = serveRequests(directory, { carryOut, isInPlace, log: (text) => log.warn('daemon', text) });
  onStop(async () => (await served)());
  onStop(supervisor.stop);
  onStop(watchRepository(directory, request.stop));
  log.info('daemon', `git-remote-daemon ${programVersion()} runs in ${repository.top} (pid ${process.pid})`);
  for (const said of [places.elsewhere, tracingLeftOut(options.env)]) if (said !== undefined) log.info('daemon', said);
  const { remotes, skipped } = config.now();
  configLog.skipped(skipped);
  supervisor.reconfigure({ added: remotes, changed: [], removed: [], kept: [] }, false);
  config.onFileChange(() => reload(false));
  actions = { reload: commands.reload, describe: () => describeRemotes(log, supervisor) };
  // Only here: orders come in from now on, and are for the remotes that were added above.
  await served;
  // Not before: what is written by then is all there, and whoever asks waits for nothing that is not.
  without.onChange(status.changed);
  options.onReady?.(remotes.length);
  return request.requested;
}

/** What is told only where there is some of it. */
function besides(config: LiveConfig, supervisor: Supervisor): Partial<DaemonStatus> {
  const { problem, settings } = config.now();
  const heldWhy = supervisor.whyHeld();
  const served = supervisor.served.statuses();
  return {
    ...(heldWhy !== undefined && { heldWhy }),
    ...(problem !== undefined && { configProblem: printable(problem) }),
    ...(served.length > 0 && { served }),
    ...(settings.fetchMode === 'prefetch' && { fetchMode: 'prefetch' }),
  };
}

async function openConfig(context: DaemonContext, peers: Peers): Promise<LiveConfig> {
  const { options, repository, directory, log, without, onStop } = context;
  const { env } = options;
  const config = await openLiveConfig({
    repository,
    git: gitOf(env, repository, (text) => log.debug('git', text)),
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
