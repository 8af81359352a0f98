// Owns: the command `start`, and what it says.
// Leaves: starting the process, and knowing whether it runs (start.ts).
import { closeInherited } from '../host/inherited.ts';
import { workingDirectory } from '../host/working-directory.ts';
import { pidOf, runningDaemon } from '../instance/running-daemon.ts';
import { prepareStateDirectory, type StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';
import type { Handler } from './handler.ts';
import { type BackgroundOptions, type Started, startInBackground } from './start.ts';
import { startingOf } from './starting.ts';
import { findCommonDirectory } from './this-repository.ts';

export const startCommand: Handler = async (call, { print }) => {
  // What this process was lent is not for one that outlives it.
  closeInherited();
  const cwd = workingDirectory();
  const directory = prepareStateDirectory(await findCommonDirectory(cwd, process.env));
  print(`${await startIn(directory, { ...startingOf(call), cwd, env: process.env })}\n`);
  return 0;
};

/** Starts one, unless one runs. Says what came of it, in its first line; throws a UserError where none runs in the end. */
export async function startIn(directory: StateDirectory, options: BackgroundOptions): Promise<string> {
  const running = options.replace ? undefined : await runningDaemon(directory);
  if (running) return `already running${pidOf(running)}`;
  try {
    return startedText(await startInBackground(directory, options));
  } catch (error) {
    // Another was faster.
    const another = error instanceof UserError && error.exitStatus === 1 && (await runningDaemon(directory));
    if (another && !options.replace) return `already running${pidOf(another)}`;
    throw error;
  }
}

function startedText({ pid, watched }: Started): string {
  const remotes = watched === 1 ? '1 remote' : `${watched === 0 ? 'no' : watched} remotes`;
  const shows = watched === 1 ? 'shows how it is' : 'shows how they are';
  return `started (pid ${pid}): watches ${remotes}\n'git remote-daemon status' ${shows}`;
}
