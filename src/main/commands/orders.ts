// Owns: the commands that tell the daemon of this repository something: stop, pause, resume, reload.
// Leaves: reading the command line (command-line.ts), and obeying (daemon.ts).
import { pipesOf } from '../instance/pipes-place.ts';
import {
  NONE_RUNS,
  pidOf,
  type Running,
  runningDaemon,
  sendToDaemon,
  sendToRunning,
  stopDaemon,
} from '../instance/running-daemon.ts';
import type { StateDirectory } from '../instance/state-directory.ts';
import { UserError } from '../user-error.ts';
import { type AskingHere, askHere, askIn } from './ask-here.ts';
import type { Handler } from './handler.ts';
import { stateDirectoryHere } from './this-repository.ts';

/** By the socket, so that it is obeyed when this is over; all of it by the pipe where there is no other way. */
export const orderCommand: Handler = async ({ command, words }, { print, note }) => {
  const order = command as Order;
  let ok = true;
  const onAnswer: AskingHere['onAnswer'] = (answer) => {
    if (answer.say !== 'whole') return;
    ok &&= answer.ok;
    if (answer.ok) print(`${answer.text}\n`);
    else note(`warning: ${answer.text}`);
  };
  const request = { ask: order, remotes: words };
  if (words.length > 0) await askHere(request, { onAnswer });
  else {
    const here = await stateDirectoryHere();
    const asked = here && (await askIn(here, request, { onAnswer }));
    if (asked?.kind !== 'answered') await giveOrder(order);
  }
  return ok ? 0 : 1;
};

export const stopCommand: Handler = async (_call, { note }) => {
  await stop((text) => note(`warning: ${text}`));
  return 0;
};

export type Order = 'pause' | 'resume' | 'reload';

/** Tells the daemon at `cwd`. Throws a UserError (1) if none listens. */
export async function giveOrder(order: Order): Promise<void> {
  const here = await stateDirectoryHere();
  if (here && sendToDaemon(here, order.toUpperCase()) === 'sent') return;
  const { directory, running } = await runningHere();
  if (running.kind === 'named' && running.mode === 'foreground') throw controlledByParent(running);
  await sendToRunning(directory, running, order.toUpperCase());
}

/** Where the control pipe of the daemon is that runs here. Throws a UserError (1) if there is none. */
export async function controlPath(): Promise<string> {
  const { directory, running } = await runningHere();
  if (running.kind === 'named' && running.mode === 'foreground') throw controlledByParent(running);
  return pipesOf(directory).control;
}

/** Stops the daemon and returns once it is gone. Throws a UserError (1) if none runs. */
export async function stop(warn: (text: string) => void): Promise<void> {
  const { directory, running } = await runningHere();
  const how = await stopDaemon(directory, running);
  if (how === 'killed') warn(`the daemon${pidOf(running)} did not stop by itself and was killed`);
}

async function runningHere(): Promise<{ readonly directory: StateDirectory; readonly running: Running }> {
  const directory = await stateDirectoryHere();
  const running = directory && (await runningDaemon(directory));
  if (!directory || !running) throw new UserError(NONE_RUNS, 1);
  return { directory, running };
}

const controlledByParent = (running: Running): UserError =>
  new UserError(`the daemon${pidOf(running)} is controlled by the program that started it`, 1);
