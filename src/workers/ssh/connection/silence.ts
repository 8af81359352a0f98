// Owns: noticing that a link is dead though nobody closed it.
// Leaves: asking the server whether it is there, which ssh2 does (ssh2-connection.ts).
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { timerMs } from '../../../shared/timing/timer-ms.ts';
import type { Hop } from './ssh2-login.ts';

export interface SilenceOptions {
  readonly fail: (why: DaemonError) => void;
  /** Asks the server for an answer of any kind. */
  readonly ask: () => void;
}

/**
 * Ends a link on which nothing came for as long as the keepalive allows. ssh2 itself counts unanswered questions only,
 * and so ends links that are merely busy. Returns what has the server say something within so many ms.
 */
export function noticeSilence(
  { name, settings }: Hop,
  stream: Duplex,
  { fail, ask }: SilenceOptions,
): (limitMs: number) => void {
  let hasSpoken = false;
  const judgeAfter = (ms: number): NodeJS.Timeout => {
    const silent = `nothing was heard from ${printable(name)} for ${Math.round(ms / 1000)} s`;
    const judge = (): void => {
      if (!hasSpoken) fail(new DaemonError('timed-out', silent));
    };
    return setTimeout(() => {
      hasSpoken = false;
      // Where this thread was held up, or the machine asleep, what has come meanwhile is read first.
      setImmediate(judge);
    }, timerMs(ms));
  };
  const usual = judgeAfter(settings.silenceMs);
  let doubt: NodeJS.Timeout | undefined;
  stream.on('data', () => {
    hasSpoken = true;
    usual.refresh();
    clearTimeout(doubt);
  });
  stream.once('close', () => {
    clearTimeout(usual);
    clearTimeout(doubt);
  });
  return (limitMs) => {
    clearTimeout(doubt);
    doubt = judgeAfter(limitMs);
    ask();
  };
}
