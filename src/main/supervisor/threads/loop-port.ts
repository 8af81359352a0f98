// Owns: the port to one loop: every report, exactly one end, and the last resort where none comes.
// Leaves: the thread the loop runs in, and how that is ended (worker-pool.ts).
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { Denial } from '../../../shared/account.ts';
import type { Failure } from '../../../shared/failures.ts';
import type { Comparison } from '../../../shared/remote.ts';
import { type CloseHow, isNews, type Order, type Report } from '../../../shared/thread-messages.ts';
import { LINK } from '../../patience.ts';

/** A loop, as the main thread has it. */
export interface Loop {
  /** Asks the loop to end; repeated with `now` it hurries. It has ended only when `ended` was reported. */
  readonly close: (how: CloseHow) => void;
  /** Asks for a `checked`; a loop that has ended does not answer. `fetchedAfter` as in the order. */
  readonly check: (comparison: Comparison, fetchedAfter?: number) => void;
  /** Has the loop find out whether its link is alive. */
  readonly prove: () => void;
  /** Says that it is the turn that the loop asked for by this number, or why there is none. */
  readonly giveTurn: (turn: number, denial?: Denial) => void;
}

export interface LoopPortOptions {
  /** Runs the loop with its end of the port; settles when it has returned, or its thread has ended. */
  readonly run: (theirs: MessagePort) => Promise<unknown>;
  /** Gets every report; exactly one `ended`, always last. */
  readonly onReport: (report: Report) => void;
  /** What it is to have ended without a word: by what was thrown, or with its thread. */
  readonly whyEnded: (thrown: unknown) => Failure;
  /** Ends the thread: the loop does not end, long after it was told to. */
  readonly lastResort: () => void;
  readonly lastResortMs: number;
}

/** Runs a loop. */
export function openLoopPort(options: LoopPortOptions): Loop {
  const { run, onReport, whyEnded, lastResort, lastResortMs } = options;
  const { port1: ours, port2: theirs } = new MessageChannel();
  let timer: NodeJS.Timeout | undefined;
  let ended = false;
  const order = (message: Order): void => ours.postMessage(message);
  const reportUnlessEnded = (report: Report): void => {
    if (ended) return;
    ended = report.kind === 'ended';
    if (ended) clearTimeout(timer);
    onReport(report);
  };

  ours.on('message', (report: Report) => {
    reportUnlessEnded(report);
    // Only then: however many a remote has, they come as fast as they are dealt with here.
    if (isNews(report)) order({ kind: 'taken' });
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
      order({ kind: 'close', how });
      if (!ended) timer ??= setTimeout(lastResort, lastResortMs).unref();
    },
    check: (comparison, fetchedAfter) =>
      order({ kind: 'check', comparison, ...(fetchedAfter !== undefined && { fetchedAfter }) }),
    prove: () => order({ kind: 'prove', limitMs: LINK.proveMs }),
    giveTurn: (turn, denial) => order({ kind: 'turn', turn, ...(denial && { denial }) }),
  };
}

const closed = (port: MessagePort): Promise<void> =>
  new Promise((resolve) => {
    port.once('close', resolve);
  });
