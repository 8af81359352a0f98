// Owns: one link from its opening to its end, as orders and reports on a port.
// Leaves: how the remote is watched (a transport), and whether it is tried again (main/supervisor).
import { type MessagePort, threadId } from 'node:worker_threads';
import { failureOf } from '../shared/failures.ts';
import type { Comparison } from '../shared/remote.ts';
import type { CloseHow, Ending, LinkTask, Order, Report } from '../shared/thread-messages.ts';
import { createRefCheck } from './refs/compare.ts';
import type { Closing, Connected, RemoteRefs, TakeTurn, Transport, TransportReport } from './transport.ts';
import { createTurns } from './turns.ts';

/** A link told to close kindly that has not by then is closed at once. */
const GOODBYE_MS = 1_000;

/** Reports `started`, what the transport has to say, and `ended`; never rejects but for a bug in itself. */
export async function runConnectionLoop(task: LinkTask, port: MessagePort): Promise<void> {
  const tell = (message: Report): void => port.postMessage(message);
  let refsNow: RemoteRefs | undefined;
  const check = createRefCheck({ task, refs: () => refsNow, report: tell });
  const turns = createTurns(tell);
  const { closing, forget } = listenForOrders(port, { check: check.ask, turn: turns.given });
  const connected = ({ refs, ...told }: Connected): void => {
    refsNow = refs;
    tell({ ...told, checks: refs !== undefined });
  };
  const report = (message: TransportReport): void =>
    message.kind === 'connected' ? connected(message) : tell(message);
  tell({ kind: 'started', threadId });
  const ending = await runTransport(task, report, closing, turns.take);
  await check.close();
  tell({ kind: 'ended', ending });
  forget();
}

async function runTransport(
  task: LinkTask,
  report: (message: TransportReport) => void,
  closing: Closing,
  takeTurn: TakeTurn,
): Promise<Ending> {
  try {
    const transport = await transportOf(task);
    await transport(task, report, closing, takeTurn);
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
      return (await import('./ssh/watch/notify-changes.ts')).watchByAnnexShell;
    case 'server-watch':
      return (await import('./ssh/watch/server-watch.ts')).watchOnServer;
    case 'local-watch':
      return (await import('./local/local-watch.ts')).watchLocalRepository;
    case 'poll':
      return pollingOf(task.rung.target !== undefined);
    default:
      return task.rung satisfies never;
  }
}

async function pollingOf(isSsh: boolean): Promise<Transport> {
  const { pollThroughGit } = await import('./refs/poll-through-git.ts');
  return isSsh ? (await import('./ssh/watch/poll-over-ssh.ts')).pollOverSsh(pollThroughGit) : pollThroughGit;
}

interface Orders {
  readonly closing: Closing;
  readonly forget: () => void;
}

interface Hearers {
  readonly check: (comparison: Comparison) => void;
  readonly turn: (turn: number) => void;
}

function listenForOrders(port: MessagePort, { check, turn }: Hearers): Orders {
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
    switch (order.kind) {
      case 'check':
        return check(order.comparison);
      case 'turn':
        return turn(order.turn);
      case 'close':
        return close(order.how);
      default:
        return order satisfies never;
    }
  });
  // Main is gone, or let go of the port: nobody is left to report to.
  port.on('close', closeNow);
  return { closing: { kindly: kindly.signal, now: now.signal }, forget: () => clearTimeout(patience) };
}
