// Owns: the port to one loop: every report, exactly one end, and the last resort where none comes.
// Leaves: what kinds of loops there are (loop-kinds.ts), the thread one runs in, and how that is ended (worker-pool.ts).
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Failure } from '../../../shared/failures.ts';
import type { CloseHow } from '../../../shared/thread-messages.ts';
import { type AnyReport, type Ended, isEnded, type LoopKind } from './loop-kinds.ts';

/** A loop, as the main thread has it. */
export interface Loop<Order> {
  /** Asks the loop to end; repeated with `now` it hurries. It has ended only when `ended` was reported. */
  readonly close: (how: CloseHow) => void;
  /** A loop that has ended hears nothing. */
  readonly order: (order: Order) => void;
}

export interface LoopPortOptions<Report> {
  /** Runs the loop with its end of the port; settles when it has returned, or its thread has ended. */
  readonly run: (theirs: MessagePort) => Promise<unknown>;
  /** Gets every report; exactly one `ended`, always last. */
  readonly onReport: (report: Report | Ended) => void;
  /** What it is to have ended without a word: by what was thrown, or with its thread. */
  readonly whyEnded: (thrown: unknown) => Failure;
  /** Ends the thread: the loop does not end, long after it was told to. */
  readonly lastResort: () => void;
  readonly lastResortMs: number;
}

/** Runs a loop. */
export function openLoopPort<Task, Order, Report extends AnyReport>(
  { answerTo }: Pick<LoopKind<Task, Order, Report>, 'answerTo'>,
  options: LoopPortOptions<Report>,
): Loop<Order> {
  const { run, onReport, whyEnded, lastResort, lastResortMs } = options;
  const { port1: ours, port2: theirs } = new MessageChannel();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const reportUnlessEnded = (report: Report | Ended): void => {
    if (ended) return;
    ended = isEnded(report);
    if (ended) clearTimeout(timer);
    onReport(report);
  };

  ours.on('message', (report: Report) => {
    reportUnlessEnded(report);
    const answer = answerTo(report);
    if (answer !== undefined) ours.postMessage(answer);
  });
  const ran = run(theirs).then(
    () => undefined,
    (error: unknown) => {
      ours.close();
      return error;
    },
  );
  // The port's close comes after its last message, and always, also when the thread was ended.
  void Promise.all([ran, closed(ours)]).then(([error]) => {
    reportUnlessEnded({ kind: 'ended', ending: { kind: 'failed', failure: whyEnded(error) } });
  });

  return {
    close: (how) => {
      // Of every kind of loop.
      ours.postMessage({ kind: 'close', how });
      if (!ended) timer ??= setTimeout(lastResort, lastResortMs).unref();
    },
    order: (order) => ours.postMessage(order),
  };
}

const closed = (port: MessagePort): Promise<void> =>
  new Promise((resolve) => {
    port.once('close', resolve);
  });
