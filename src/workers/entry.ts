// Owns: the door of a worker thread: a task and a port come in, one link's loop runs. Beside it, `giveBack`.
// Leaves: the loop itself (connection-loop.ts).
import type { MessagePort } from 'node:worker_threads';
import type { LinkTask } from '../shared/thread-messages.ts';
import { runConnectionLoop } from './connection-loop.ts';

export { collectGarbage as giveBack } from '../shared/system/collect-garbage.ts';

/** Runs one link to its end. Resolves only when all it held is closed, the port included. */
export async function runLink({ task, port }: { readonly task: LinkTask; readonly port: MessagePort }): Promise<void> {
  try {
    await runConnectionLoop(task, port);
  } finally {
    port.close();
  }
}
