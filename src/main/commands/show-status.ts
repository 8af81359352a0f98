// Owns: the command that shows how the daemon of this repository is doing.
// Leaves: the words (render-status.ts), asking the daemon (instance/ask-daemon.ts), what it wrote (instance/status-file.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonStatus } from '../../shared/status.ts';
import { askForStatus } from '../instance/ask-daemon.ts';
import { NONE_RUNS, pidOf, runningDaemon } from '../instance/running-daemon.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { readStatus } from '../instance/status-file.ts';
import { programVersion } from '../places.ts';
import { UserError } from '../user-error.ts';
import type { Handler } from './handler.ts';
import { renderStatus } from './render-status.ts';
import { type Print, stateDirectoryHere } from './this-repository.ts';

/** A daemon that has only just started has told nothing yet. */
const STATUS_WITHIN_MS = 2_000;
const AGAIN_MS = 50;

export const statusCommand: Handler = ({ options }, { print }) => showStatus(options.has('--json'), print);

/** Prints how the daemon is doing. Returns the exit status: 1 if none runs, which is printed as well. */
export async function showStatus(json: boolean, print: Print): Promise<0 | 1> {
  const directory = await stateDirectoryHere();
  const told = directory && ((await askForStatus(directory)) ?? (await keptStatus(directory)));
  if (!told) {
    print(json ? 'null\n' : `${NONE_RUNS}\n`);
    return 1;
  }
  const status = { ...told, installed: programVersion() };
  print(json ? `${JSON.stringify(status, null, 2)}\n` : renderStatus(status, Date.now()));
  return 0;
}

/** Of one that does not answer, what it wrote; undefined: none runs. Throws a UserError where there is neither. */
async function keptStatus(directory: StateDirectory): Promise<DaemonStatus | undefined> {
  const running = await runningDaemon(directory);
  if (running === undefined) return undefined;
  const giveUpAt = performance.now() + STATUS_WITHIN_MS;
  for (;;) {
    // One that hangs is not waited for twice.
    const status =
      readStatus(directory, running.kind === 'named' ? running.pid : undefined) ?? (await askForStatus(directory));
    if (status) return status;
    if (performance.now() > giveUpAt) {
      throw new UserError(`the daemon${pidOf(running)} is running but has told nothing yet: try again`);
    }
    await sleep(AGAIN_MS);
  }
}
