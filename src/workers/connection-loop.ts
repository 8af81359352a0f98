// Owns: one link from its opening to its end, as orders and reports on a port.
// Leaves: how the remote is watched (a transport), and whether it is tried again (main/supervisor).
import { type MessagePort, threadId } from 'node:worker_threads';
import { failureOf } from '../shared/failures.ts';
import type { Ending, LinkTask, Order, Report } from '../shared/thread-messages.ts';
import type { Closing, Transport } from './transport.ts';

/** A link told to close kindly that has not by then is closed at once. */
const GOODBYE_MS = 1_000;

/** Reports `started`, what the transport has to say, and `ended`; never rejects but for a bug in itself. */
export async function runConnectionLoop(task: LinkTask, port: MessagePort): Promise<void> {
  const report = (message: Report): void => port.postMessage(message);
  const { closing, forget } = listenForOrders(port);
  report({ kind: 'started', threadId });
  report({ kind: 'ended', ending: await runTransport(task, report, closing) });
  forget();
}

async function runTransport(task: LinkTask, report: (message: Report) => void, closing: Closing): Promise<Ending> {
  try {
    const transport = await transportOf(task);
    await transport(task, report, closing);
    return { kind: 'closed' };
  } catch (error) {
    if (closing.kindly.aborted) return { kind: 'closed' };
    return { kind: 'failed', failure: failureOf(error) };
  }
}

/** Only what the link needs is loaded: ssh2 alone costs a thread 3 MB. */
async function transportOf(task: LinkTask): Promise<Transport> {
  switch (task.rung.kind) {
    case 'annex-shell':
      return (await import('./ssh/notify-changes.ts')).watchByAnnexShell;
    case 'server-watch':
      return (await import('./ssh/server-watch.ts')).watchOnServer;
    case 'local-watch':
      return (await import('./local/local-watch.ts')).watchLocalRepository;
    case 'poll':
      return pollingOf(task.rung.target !== undefined);
    default:
      return task.rung satisfies never;
  }
}

async function pollingOf(isSsh: boolean): Promise<Transport> {
  const { pollThroughGit } = await import('./polling/polling.ts');
  return isSsh ? (await import('./ssh/poll.ts')).pollOverSsh(pollThroughGit) : pollThroughGit;
}

function listenForOrders(port: MessagePort): { readonly closing: Closing; readonly forget: () => void } {
  const kindly = new AbortController();
  const now = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  const closeNow = (): void => {
    kindly.abort();
    now.abort();
  };
  port.on('message', (order: Order) => {
    kindly.abort();
    patience ??= setTimeout(closeNow, order.how === 'now' ? 0 : GOODBYE_MS);
    if (order.how === 'now') closeNow();
  });
  // Main is gone, or let go of the port: nobody is left to report to.
  port.on('close', closeNow);
  return { closing: { kindly: kindly.signal, now: now.signal }, forget: () => clearTimeout(patience) };
}
