// Owns: one link from its opening to its end, as orders and reports on a port.
// Leaves: how the remote is watched (transports.ts), and whether it is tried again (main/supervisor).
import { setTimeout as wait } from 'node:timers/promises';
import { type MessagePort, threadId } from 'node:worker_threads';
import type { Denial } from '../shared/account.ts';
import { type DaemonError, failureOf } from '../shared/failures.ts';
import type { CloseHow, Ending, LinkTask, Order, Report } from '../shared/thread-messages.ts';
import { aborted } from '../shared/timing/wait.ts';
import { threadMemory } from './memory-watch.ts';
import { createOutbox } from './outbox.ts';
import { CLOSING } from './patience.ts';
import { createRefCheck, type RefCheck } from './refs/compare.ts';
import type { Closing, Connected, OnDoubt, TakeTurn, TransportReport } from './transport.ts';
import { TRANSPORTS } from './transports.ts';
import { createTurns } from './turns.ts';

/** Reports `started`, what the transport has to say, and `ended`; never rejects but for a bug in itself. */
export async function runConnectionLoop(task: LinkTask, port: MessagePort): Promise<void> {
  const outbox = createOutbox((message: Report) => port.postMessage(message));
  const turns = createTurns(outbox.report);
  const check = createRefCheck({ task, report: (message) => report(message), takeTurn: turns.take });
  const doubts = createDoubts();
  const orders = listenForOrders(port, {
    check: check.ask,
    prove: doubts.tell,
    turn: turns.given,
    taken: outbox.taken,
  });
  const meter = threadMemory.meter(orders.endBecause);
  const connected = ({ refs, ...others }: Connected): void => {
    check.connected(refs);
    outbox.report({ ...others, checks: refs !== undefined });
  };
  const report = (message: TransportReport): void => {
    if (message.kind === 'received') meter.received(message.bytes);
    else if (message.kind === 'connected') connected(message);
    else outbox.report(message);
  };
  outbox.report({ kind: 'started', threadId });
  let ending: Ending = { kind: 'closed' };
  const all = runTransport(task, report, orders.closing, turns.take, doubts.on).then((how) => {
    ending = how;
    return check.close();
  });
  const isClosed = await Promise.race([all.then(() => true), tooLate(orders.closing.now)]);
  if (!isClosed) outbox.report({ kind: 'log', text: 'not all of the link could be closed: it is given up' });
  meter.release();
  outbox.close();
  const why = orders.whyEnded();
  outbox.report({ kind: 'ended', ending: why ? { kind: 'failed', failure: failureOf(why) } : ending });
  orders.release();
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
  onDoubt: OnDoubt,
): Promise<Ending> {
  try {
    const transport = await TRANSPORTS[task.rung.kind]();
    await transport(task, report, closing, takeTurn, onDoubt);
    return { kind: 'closed' };
  } catch (error) {
    if (closing.kindly.aborted) return { kind: 'closed' };
    return { kind: 'failed', failure: failureOf(error) };
  }
}

/** What has no way to find out goes on, and is found dead later, if it is. */
function createDoubts() {
  const listeners: ((limitMs: number) => void)[] = [];
  const on: OnDoubt = (listener) => void listeners.push(listener);
  return {
    on,
    tell: (limitMs: number): void => {
      for (const listener of listeners) listener(limitMs);
    },
  };
}

interface Orders {
  readonly closing: Closing;
  /** Ends the link at once, without being asked to by main. */
  readonly endBecause: (why: DaemonError) => void;
  readonly whyEnded: () => DaemonError | undefined;
  /** Hurries nobody any more. */
  readonly release: () => void;
}

interface OrderListener {
  readonly check: RefCheck['ask'];
  readonly prove: (limitMs: number) => void;
  readonly turn: (turn: number, denial?: Denial) => void;
  readonly taken: () => void;
}

function listenForOrders(port: MessagePort, { check, prove, turn, taken }: OrderListener): Orders {
  const kindly = new AbortController();
  const now = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  let whyEnded: DaemonError | undefined;
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
        return check(order);
      case 'prove':
        return prove(order.limitMs);
      case 'turn':
        return turn(order.turn, order.denial);
      case 'taken':
        return taken();
      case 'close':
        return close(order.how);
      default:
        return order satisfies never;
    }
  });
  // Main is gone, or closed its end of the port: nobody is left to report to.
  port.on('close', closeNow);
  return {
    closing: { kindly: kindly.signal, now: now.signal },
    endBecause: (why) => {
      if (kindly.signal.aborted) return;
      whyEnded = why;
      closeNow();
    },
    whyEnded: () => whyEnded,
    release: () => clearTimeout(patience),
  };
}
