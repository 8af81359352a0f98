// Owns: the serving of one network from its beginning to its end, as orders and reports on a port.
// Leaves: what peers are served (door.ts and below), the network (network/), and whether it is tried again (main/serve).
import { type MessagePort, threadId } from 'node:worker_threads';
import { failureOf } from '../../../shared/failures.ts';
import type { ServeOrder, ServeTask } from '../../../shared/serve-messages.ts';
import type { CloseHow, Ending } from '../../../shared/thread-messages.ts';
import { aborted } from '../../../shared/timing/wait.ts';
import { within } from '../../../shared/timing/within.ts';
import { CLOSING } from '../../patience.ts';
import type { Closing } from '../../transport.ts';
import type { Network } from '../network/network.ts';
import { openNetwork } from '../network/networks.ts';
import { createServeOutbox } from './serve-outbox.ts';
import { createService, type Service } from './service.ts';

/** Reports `started`, what there is to say, and `ended`; never rejects but for a bug in itself. `network`: of that name. */
export async function runServeLoop(task: ServeTask, port: MessagePort, network?: Network): Promise<void> {
  const outbox = createServeOutbox((report) => port.postMessage(report));
  const closing = createClosing();
  const service = createService(task, outbox, closing);
  listenForOrders(port, service, closing);
  outbox.report({ kind: 'started', threadId });
  let ending: Ending = { kind: 'closed' };
  const all = service.run(network ?? openNetwork(task.network)).catch((error: unknown) => {
    if (!closing.kindly.aborted) ending = { kind: 'failed', failure: failureOf(error) };
  });
  const late = aborted(closing.now).then(() => within(all, CLOSING.givenUpMs));
  const isClosed = await Promise.race([all.then(() => true), late]);
  if (!isClosed) outbox.log('not all of what was served could be closed: it is given up');
  closing.release();
  outbox.close();
  outbox.report({ kind: 'ended', ending });
}

function listenForOrders(port: MessagePort, service: Service, closing: ClosingInTime): void {
  port.on('message', (order: ServeOrder) => {
    switch (order.kind) {
      case 'close':
        return closing.close(order.how);
      case 'finish':
        return closing.finish();
      case 'offer':
        return service.offer(order.refs, order.objects);
      case 'acquaint':
        return service.acquaint(order.acquaintances);
      case 'recheck':
        return service.recheck();
      case 'write-turn':
        return service.questions.turnGiven(order.turn, order.denial);
      case 'end-write':
        return service.questions.endWrite(order.turn);
      case 'invitation-done':
        return service.questions.invitationDone(order.invitation, order.why);
      default:
        return order satisfies never;
    }
  });
  // Main is gone, or closed its end of the port: nobody is left to report to.
  port.on('close', () => closing.close('now'));
}

interface ClosingInTime extends Closing {
  readonly close: (how: CloseHow) => void;
  /** Kindly, and without a limit. */
  readonly finish: () => void;
  /** Hurries nobody any more. */
  readonly release: () => void;
}

function createClosing(): ClosingInTime {
  const kindly = new AbortController();
  const now = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  const closeNow = (): void => {
    kindly.abort();
    now.abort();
  };
  return {
    kindly: kindly.signal,
    now: now.signal,
    finish: () => kindly.abort(),
    close: (how) => {
      kindly.abort();
      if (how === 'now') closeNow();
      else patience ??= setTimeout(closeNow, CLOSING.kindlyMs);
    },
    release: () => clearTimeout(patience),
  };
}
