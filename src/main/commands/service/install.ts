// Owns: the command `service install`.
// Leaves: what is written (systemd-unit.ts and its like), and who starts it (manager.ts).
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeInherited } from '../../host/inherited.ts';
import { workingDirectory } from '../../host/working-directory.ts';
import { pidOf, type Running, runningDaemon, stopDaemon } from '../../instance/running-daemon.ts';
import { prepareStateDirectory, type StateDirectory } from '../../instance/state-directory.ts';
import { isUserError, UserError } from '../../user-error.ts';
import type { Handler } from '../handler.ts';
import { repositoryAt } from '../many/top-here.ts';
import { factsHere } from './facts-here.ts';
import { isInstalled, isItsOwn, lookAtService, type Service } from './look-at-service.ts';
import type { Seen, ServiceManager } from './manager.ts';
import { homesHere } from './managers.ts';
import { summary, unknownToIt } from './service-words.ts';
import { makeFolders, writeOurs } from './written-file.ts';

/** A busy machine takes a while to start a node, and a daemon to read its config. */
const RUNS_WITHIN_MS = 30_000;
const AGAIN_MS = 100;

export const installCommand: Handler = async (_call, { print }) => {
  const { env } = process;
  closeInherited();
  const repository = await repositoryAt(workingDirectory(), env);
  const service = await lookAtService(repository, env);
  refuseChild(service.running);
  const { facts, agent } = factsHere(env, homesHere(env));
  const isNew = writeAnew(service, (made) => service.manager.text({ ...facts, made }));
  const { manager, seen, running } = service;
  const directory = prepareStateDirectory(repository.commonDir, env);
  const isThere = !isNew && isInstalled(service) && isItsOwn(seen, running);
  const tookOver = isThere ? undefined : await begin(service, directory);
  const now = await manager.look();
  const sentences = [
    `${summary(manager, now)}${isThere ? ': it was so already' : ''}`,
    ...(tookOver ? [`The daemon that ran here before${pidOf(tookOver)} was stopped: this one took its place`] : []),
    ...unknownToIt(manager, { agent, env, secrets: directory.secrets }),
    ...(await manager.remarks()),
  ];
  print(`${sentences.join('\n')}\n`);
  return 0;
};

function refuseChild(running: Running | undefined): void {
  if (running?.kind !== 'named' || running.mode !== 'foreground') return;
  throw new UserError(
    `the daemon${pidOf(running)} that runs here is controlled by the program that started it: end that first`,
    1,
  );
}

/** Says whether the file is another than it was. */
function writeAnew({ manager, written }: Service, textFor: (made: readonly string[]) => string): boolean {
  if (written.kind === 'foreign') throw new UserError(written.why);
  const made = written.kind === 'ours' ? written.mark.made : makeFolders(path.dirname(manager.file));
  const text = textFor(made);
  if (written.kind === 'ours' && written.text === text) return false;
  writeOurs(manager.file, text);
  return true;
}

/** Has it started, in the place of a daemon that runs here otherwise, which is returned. */
async function begin(service: Service, directory: StateDirectory): Promise<Running | undefined> {
  const { manager, seen, running } = service;
  // It would start just this one at login.
  if (running && seen.runs === 'unwatched') return undefined;
  const other = running && !isItsOwn(seen, running) ? running : undefined;
  if (other) await stopDaemon(directory, other);
  try {
    await manager.begin();
    await untilItRuns(manager, directory);
  } catch (error) {
    if (!other || !isUserError(error)) throw error;
    throw new UserError(`${error.message}; the daemon that ran before is stopped: git remote-daemon start`);
  }
  return other;
}

async function untilItRuns(manager: ServiceManager, directory: StateDirectory): Promise<void> {
  const giveUpAt = performance.now() + RUNS_WITHIN_MS;
  for (;;) {
    if (await runningDaemon(directory)) return;
    const seen: Seen = await manager.look();
    const isOver = seen.runs === 'failed' || seen.runs === 'waiting' || performance.now() > giveUpAt;
    if (isOver) throw new UserError(`${summary(manager, seen)}, but no daemon runs here: see ${manager.logCommand}`);
    await sleep(AGAIN_MS);
  }
}
