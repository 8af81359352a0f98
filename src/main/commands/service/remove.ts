// Owns: the command `service remove`.
// Leaves: who started it (manager.ts), and the file (written-file.ts).
import { workingDirectory } from '../../host/working-directory.ts';
import { pidOf, runningDaemon, stopDaemon } from '../../instance/running-daemon.ts';
import { UserError } from '../../user-error.ts';
import type { Handler } from '../handler.ts';
import { topMeant } from '../many/register.ts';
import { environmentElsewhere, repositoryAt } from '../many/top-here.ts';
import { isInstalled, lookAtService, type Service, type WhichRepository } from './look-at-service.ts';
import { removeOurs } from './written-file.ts';

/** Of a repository that is gone the path may be said: nothing else of it is needed. */
export const removeCommand: Handler = async ({ words: [said] }, { print }) => {
  const { env } = process;
  const repository = said === undefined ? await repositoryAt(workingDirectory(), env) : await repositoryMeant(said);
  const service = await lookAtService(repository, env);
  const { manager, written } = service;
  if (!isInstalled(service)) throw new UserError('no service is installed here', 1);
  if (written.kind === 'foreign') throw new UserError(written.why);
  await manager.end();
  if (await manager.isUnused()) {
    removeOurs(manager.file);
    await manager.forget();
  }
  const stopped = await stopWhatRuns(service);
  print(`${manager.title}: removed${stopped}; none runs here now\n`);
  return 0;
};

async function repositoryMeant(said: string): Promise<WhichRepository> {
  const top = await topMeant(said);
  const there = await repositoryAt(top, environmentElsewhere(process.env)).catch(() => undefined);
  return there?.top === top ? there : { top };
}

/** A daemon may have been started beside it; but one that a program started is that program's. */
async function stopWhatRuns({ directory, running: before }: Service): Promise<string> {
  const running = directory && (await runningDaemon(directory));
  if (!running) return before ? `, and its daemon${pidOf(before)} stopped` : '';
  if (running.kind === 'named' && running.mode === 'foreground')
    throw new UserError(
      `removed, but a daemon${pidOf(running)} runs here that is controlled by the program that started it`,
      1,
    );
  await stopDaemon(directory, running);
  return `, and the daemon that ran here${pidOf(running)} stopped`;
}
