// Owns: the daemon as a whole: its parts are taken up in order here, handed to each other, and let go in reverse.
// Leaves: what each part does (control, config, supervisor, git), and the command line (cli.ts).

import type { Announcement } from '../shared/control-protocol/control.ts';
import { unattendedGitEnvironment } from '../shared/git-environment.ts';
import type { RemoteChanges } from '../shared/remote.ts';
import { logAnnouncement } from './announcement-log.ts';
import { assembleSupervisor } from './assemble-supervisor.ts';
import { createConfigLog, loggedOrders } from './cause-log.ts';
import { findRepository, type GitAt } from './config/repository.ts';
import { type Commands, createLineHandler, formatAnnouncement } from './control/control-loop.ts';
import type { Endpoint, EndpointListener } from './control/endpoint.ts';
import { openPipeEndpoint } from './control/pipe-endpoint.ts';
import { openStdioEndpoint } from './control/stdio-endpoint.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { gitQuery } from './git/run-git.ts';
import type { Ground, Release } from './ground.ts';
import { watchGround } from './ground-watch.ts';
import { type LiveConfig, openLiveConfig } from './live-config.ts';
import { createLog } from './log.ts';
import { remoteSpelling } from './remote-spelling.ts';
import { acquireLock } from './running-daemon.ts';
import { prepareStateDirectory, writeStatus } from './state-directory.ts';
import type { DaemonStatus } from './status.ts';
import { createStatusWriter } from './status-writer.ts';
import { createStopRequest, obeySignals } from './stop-request.ts';
import { makeFifo } from './system-command.ts';
import { programVersion } from './version.ts';

/** Runs a daemon until it is told to stop, and returns its exit status. Throws a UserError if it cannot start. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const releases: Release[] = [];
  try {
    return await serve(await takeGround(options, (release) => releases.push(release)));
  } finally {
    await letGo(releases.reverse());
  }
}

/** Lets go of everything, also when something will not let go of itself. */
async function letGo(releases: readonly Release[]): Promise<void> {
  for (const release of releases) {
    try {
      await release();
    } catch (error) {
      process.stderr.write(`git-remote-daemon: while stopping: ${String(error)}\n`);
    }
  }
}

async function takeGround(options: DaemonOptions, later: Ground['later']): Promise<Ground> {
  const { mode, cwd, env, replace } = options;
  const repository = await findRepository({ cwd, env, gitAt });
  const directory = prepareStateDirectory(repository.commonDir);
  // Before anything else: what a killed daemon left may be cleared away only by whoever holds the lock.
  const lock = await acquireLock(directory, mode, replace);
  later(lock.release);
  const log = createLog(mode === 'background' ? { kind: 'file', path: directory.log } : { kind: 'stderr' });
  later(log.close);
  return { options, repository, directory, log, later };
}

/** The parts know each other only through the functions made here, none of which is called before all are there. */
async function serve(ground: Ground): Promise<number> {
  const { options, directory, log, later } = ground;
  const startedAt = new Date().toISOString();
  const request = createStopRequest((level, text) => log[level]('daemon', text));
  let onHangUp = (): void => undefined;
  obeySignals(request, () => onHangUp());
  const config = await openConfig(ground);
  later(() => log.info('daemon', 'stopped'));
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
    held: supervisor.held(),
    ...(config.now().problem === undefined ? {} : { configProblem: config.now().problem }),
    remotes: supervisor.status(),
    skipped: config.now().skipped,
    droppedLines: endpoint.droppedLines(),
  });
  const status = createStatusWriter(
    () => writeStatus(directory, describe()),
    (text) => log.warn('daemon', text),
  );
  const supervisor = await assembleSupervisor(ground, { config, say, statusChanged: status.changed });
  const configLog = createConfigLog(log);
  const reload = (isAsked: boolean): void => {
    const { fetchMode } = config.now().settings;
    const reconfigure = (changes: RemoteChanges): void => {
      // What could not be read has its line already.
      if (config.now().problem === undefined) configLog.readAgain(changes, isAsked);
      configLog.skipped(config.now().skipped);
      supervisor.reconfigure(changes, isAsked);
      // What was fetched by the other mode is not where it is wanted now.
      if (config.now().settings.fetchMode !== fetchMode) supervisor.checkAll();
    };
    config.reload().then(reconfigure).catch(request.fail);
  };
  const greeting = (): string[] =>
    supervisor.connected().map((remote) => formatAnnouncement({ kind: 'CONNECTED', remote }, spell));
  const commands = { ...supervisor, ...loggedOrders(log, supervisor), reload: () => reload(true), stop: request.stop };
  const endpoint = await openEndpoint(ground, commands, greeting);
  later(endpoint.close);
  later(status.close);
  later(supervisor.stop);
  later(watchGround(directory, request.stop));
  options.onReady?.();

  log.info('daemon', `git-remote-daemon ${programVersion()} runs in ${ground.repository.top} (pid ${process.pid})`);
  const { remotes, skipped } = config.now();
  configLog.skipped(skipped);
  supervisor.reconfigure({ added: remotes, changed: [], removed: [], kept: [] }, false);
  config.onFileChange(() => reload(false));
  onHangUp = commands.reload;
  return request.requested;
}

async function openConfig({ options, repository, directory, log, later }: Ground): Promise<LiveConfig> {
  const { env } = options;
  const config = await openLiveConfig({
    repository,
    git: gitAt(repository.top, unattendedGitEnvironment(env, undefined, repository.gitEnvironment)),
    env,
    secretsFile: directory.secrets,
    log: (text) => log.warn('config', text),
  });
  later(config.close);
  return config;
}

async function openEndpoint(
  { options, directory, log, later }: Ground,
  commands: Commands,
  greeting: () => string[],
): Promise<Endpoint> {
  const logControl = (text: string): void => log.info('control', text);
  const { line, end } = createLineHandler(commands, logControl);
  later(end);
  const listener: EndpointListener = { line, closed: commands.stop, greeting };
  if (options.mode === 'foreground') return openStdioEndpoint(listener);
  return openPipeEndpoint(directory, { makeFifo, log: logControl }, listener);
}

const gitAt: GitAt =
  (cwd, env) =>
  (args, { input } = {}) =>
    gitQuery(args, { cwd, env, ...(input !== undefined && { input }) });
