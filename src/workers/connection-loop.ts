// Owns: one link from its opening to its end, as orders and reports on a port.
// Leaves: how the remote is watched (transports.ts), and whether it is tried again (main/supervisor).
import { setTimeout as wait } from 'node:timers/promises';
import { type MessagePort, threadId } from 'node:worker_threads';
import { failureOf } from '../shared/failures.ts';
import type { Comparison } from '../shared/remote.ts';
import type { CloseHow, Ending, LinkTask, Order, Report } from '../shared/thread-messages.ts';
import { aborted } from '../shared/timing/wait.ts';
import { CLOSING } from './patience.ts';
import { createRefCheck } from './refs/compare.ts';
import type { Closing, Connected, TakeTurn, TransportReport } from './transport.ts';
import { TRANSPORTS } from './transports.ts';
import { createTurns } from './turns.ts';

/** Reports `started`, what the transport has to say, and `ended`; never rejects but for a bug in itself. */
export async function runConnectionLoop(task: LinkTask, port: MessagePort): Promise<void> {
  const post = (message: Report): void => port.postMessage(message);
  const turns = createTurns(post);
  const check = createRefCheck({ task, report: post, takeTurn: turns.take });
  const { closing, release } = listenForOrders(port, { check: check.ask, turn: turns.given });
  const connected = ({ refs, ...others }: Connected): void => {
    check.connected(refs);
    post({ ...others, checks: refs !== undefined });
  };
  const report = (message: TransportReport): void =>
    message.kind === 'connected' ? connected(message) : post(message);
  post({ kind: 'started', threadId });
  let ending: Ending = { kind: 'closed' };
  const all = runTransport(task, report, closing, turns.take).then((how) => {
    ending = how;
    return check.close();
  });
  const isClosed = await Promise.race([all.then(() => true), tooLate(closing.now)]);
  if (!isClosed) post({ kind: 'log', text: 'not all of the link could be closed: it is given up' });
  post({ kind: 'ended', ending });
  release();
}

/** Resolves when nothing that is told to close at once can still be on its way. */
async function tooLate(now: AbortSignal): Promise<false> {
  await aborted(now);
  await wait(CLOSING.givenUpMs, undefined, { ref: false });
  return false;
}

async function runTransport(
  task: LinkTask,
  report: (message: TransportReport) => void,
  closing: Closing,
  takeTurn: TakeTurn,
): Promise<Ending> {
  try {
    const transport = await TRANSPORTS[task.rung.kind]();
    await transport(task, report, closing, takeTurn);
    return { kind: 'closed' };
  } catch (error) {
    if (closing.kindly.aborted) return { kind: 'closed' };
    return { kind: 'failed', failure: failureOf(error) };
  }
}

interface Orders {
  readonly closing: Closing;
  /** Hurries nobody any more. */
  readonly release: () => void;
}

interface OrderListener {
  readonly check: (comparison: Comparison) => void;
  readonly turn: (turn: number) => void;
}

function listenForOrders(port: MessagePort, { check, turn }: OrderListener): Orders {
  const kindly = new AbortController();
  const now = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  const closeNow = (): void => {
    kindly.abort();
    now.abort();
  };
  const close = (how: CloseHow): void => {
    kindly.abort();
    if (how === 'now') closeNow();
    else patience ??= setTimeout(closeNow, CLOSING.kindlyMs);
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
  // Main is gone, or closed its end of the port: nobody is left to report to.
  port.on('close', closeNow);
  return { closing: { kindly: kindly.signal, now: now.signal }, release: () => clearTimeout(patience) };
}
