// Owns: the commands that tell the daemon of this repository something: stop, pause, resume, reload.
// Leaves: reading the command line (command-line.ts), and obeying (daemon.ts).
import {
  NONE_RUNS,
  pidOf,
  runningDaemon,
  sendToDaemon,
  sendToRunning,
  stopDaemon,
} from '../instance/running-daemon.ts';
import { UserError } from '../user-error.ts';
import { stateDirectoryHere } from './this-repository.ts';

export type Order = 'pause' | 'resume' | 'reload';

/** Tells the daemon at `cwd`. Throws a UserError (1) if none listens. */
export async function giveOrder(order: Order): Promise<void> {
  const directory = await stateDirectoryHere();
  if (directory && sendToDaemon(directory, order.toUpperCase()) === 'sent') return;
  const running = directory && (await runningDaemon(directory));
  if (!directory || !running) throw new UserError(NONE_RUNS, 1);
  if (running.kind === 'named' && running.mode === 'foreground') {
    throw new UserError(`the daemon${pidOf(running)} is controlled by the program that started it`, 1);
  }
  await sendToRunning(directory, running, order.toUpperCase());
}

/** Stops the daemon and returns once it is gone. Throws a UserError (1) if none runs. */
export async function stop(warn: (text: string) => void): Promise<void> {
  const directory = await stateDirectoryHere();
  const running = directory && (await runningDaemon(directory));
  if (!directory || !running) throw new UserError(NONE_RUNS, 1);
  const how = await stopDaemon(directory, running);
  if (how === 'killed') warn(`the daemon${pidOf(running)} did not stop by itself and was killed`);
}
