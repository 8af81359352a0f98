// Owns: the command `start`.
// Leaves: starting the process, and knowing whether it runs (start.ts).
import { closeInherited } from '../host/inherited.ts';
import { workingDirectory } from '../host/working-directory.ts';
import { alreadyRunning, runningDaemon } from '../instance/running-daemon.ts';
import { prepareStateDirectory } from '../instance/state-directory.ts';
import type { Handler } from './handler.ts';
import { startInBackground } from './start.ts';
import { startingOf } from './starting.ts';
import { findCommonDirectory } from './this-repository.ts';

export const startCommand: Handler = async (call) => {
  // What this process was lent is not for one that outlives it.
  closeInherited();
  const starting = startingOf(call);
  const cwd = workingDirectory();
  const directory = prepareStateDirectory(await findCommonDirectory(cwd, process.env));
  const running = starting.replace ? undefined : await runningDaemon(directory);
  if (running) throw alreadyRunning(running, 'background');
  await startInBackground(directory, { ...starting, cwd, env: process.env });
  return 0;
};
