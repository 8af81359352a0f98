// Owns: one link from its opening to its end, as orders and reports on a port.
// Leaves: how the remote is watched (transports.ts), and whether it is tried again (main/supervisor).
import { type MessagePort, threadId } from 'node:worker_threads';
import { failureOf } from '../shared/failures.ts';
import type { Comparison } from '../shared/remote.ts';
import type { CloseHow, Ending, LinkTask, Order, Report } from '../shared/thread-messages.ts';
import { createRefCheck } from './refs/compare.ts';
import type { Closing, Connected, RemoteRefs, TransportReport } from './transport.ts';
import { TRANSPORTS } from './transports.ts';

/** A link told to close kindly that has not by then is closed at once. */
const GOODBYE_MS = 1_000;

/** Reports `started`, what the transport has to say, and `ended`; never rejects but for a bug in itself. */
export async function runConnectionLoop(task: LinkTask, port: MessagePort): Promise<void> {
  const tell = (message: Report): void => port.postMessage(message);
  let refsNow: RemoteRefs | undefined;
  const check = createRefCheck({ task, refs: () => refsNow, report: tell });
  const { closing, forget } = listenForOrders(port, check.ask);
  const connected = ({ refs, ...told }: Connected): void => {
    refsNow = refs;
    tell({ ...told, checks: refs !== undefined });
  };
  const report = (message: TransportReport): void =>
    message.kind === 'connected' ? connected(message) : tell(message);
  tell({ kind: 'started', threadId });
  const ending = await runTransport(task, report, closing);
  await check.close();
  tell({ kind: 'ended', ending });
  forget();
}

async function runTransport(
  task: LinkTask,
  report: (message: TransportReport) => void,
  closing: Closing,
): Promise<Ending> {
  try {
    const transport = await TRANSPORTS[task.rung.kind]();
    await transport(task, report, closing);
    return { kind: 'closed' };
  } catch (error) {
    if (closing.kindly.aborted) return { kind: 'closed' };
    return { kind: 'failed', failure: failureOf(error) };
  }
}

interface Orders {
  readonly closing: Closing;
  readonly forget: () => void;
}

function listenForOrders(port: MessagePort, check: (comparison: Comparison) => void): Orders {
  const kindly = new AbortController();
  const now = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  const closeNow = (): void => {
    kindly.abort();
    now.abort();
  };
  const close = (how: CloseHow): void => {
    kindly.abort();
    patience ??= setTimeout(closeNow, how === 'now' ? 0 : GOODBYE_MS);
    if (how === 'now') closeNow();
  };
  port.on('message', (order: Order) => {
    if (order.kind === 'check') check(order.comparison);
    else close(order.how);
  });
  // Main is gone, or let go of the port: nobody is left to report to.
  port.on('close', closeNow);
  return { closing: { kindly: kindly.signal, now: now.signal }, forget: () => clearTimeout(patience) };
}
