// Owns: how the daemon of a repository is doing, or the last one did: asking it, and reading what it wrote where it does not answer.
// Leaves: the socket and the files (main/instance), the words (view.ts, last-end.ts).
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonStatus } from '../../../shared/status.ts';
import { askForStatus } from '../../instance/ask-daemon.ts';
import { pidOf, runningDaemon } from '../../instance/running-daemon.ts';
import type { StateDirectory } from '../../instance/state-directory.ts';
import { readStatus } from '../../instance/status-file.ts';
import { programVersion } from '../../places.ts';
import { UserError } from '../../user-error.ts';

/** A daemon that has only just started has told nothing yet. */
const STATUS_WITHIN_MS = 2_000;
const AGAIN_MS = 50;

/** How the daemon of that repository is; undefined: none runs. Throws a UserError where it tells nothing. */
export async function askHow(directory: StateDirectory): Promise<DaemonStatus | undefined> {
  const told = (await askForStatus(directory)) ?? (await keptStatus(directory));
  return told && { ...told, installed: programVersion() };
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
