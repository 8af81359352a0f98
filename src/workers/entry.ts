// Owns: the door of a worker thread: a task and a port come in, one link's loop runs, or one served network's.
// Leaves: the loops themselves (connection-loop.ts, peer/server/serve-loop.ts).
import type { MessagePort } from 'node:worker_threads';
import type { Rung } from '../shared/rungs/rungs.ts';
import type { ServeTask } from '../shared/serve-messages.ts';
import type { LinkTask } from '../shared/thread-messages.ts';
import { runConnectionLoop } from './connection-loop.ts';
import { TRANSPORTS } from './transports.ts';

export { collectGarbage as giveBack } from '../shared/system/collect-garbage.ts';

/** Runs one link to its end. Resolves only when all it held is closed, the port included. */
export async function runLink({ task, port }: { readonly task: LinkTask; readonly port: MessagePort }): Promise<void> {
  try {
    await runConnectionLoop(task, port);
  } finally {
    port.close();
  }
}

/** Loads what a link of that kind needs, before there is one. */
export const prepare = async (rung: Rung['kind']): Promise<void> => void (await TRANSPORTS[rung]());

/** The same for a network on which this repository is served to peers. */
export async function runService({
  task,
  port,
}: {
  readonly task: ServeTask;
  readonly port: MessagePort;
}): Promise<void> {
  try {
    // Most threads serve nothing.
    const { runServeLoop } = await import('./peer/server/serve-loop.ts');
    await runServeLoop(task, port);
  } finally {
    port.close();
  }
}
