// Owns: noticing that a link is dead though nobody closed it.
// Leaves: asking the server whether it is there, which ssh2 does (ssh2-connection.ts).
import type { Duplex } from 'node:stream';
import { DaemonError } from '../../../shared/failures.ts';
import { printable } from '../../../shared/printable.ts';
import { timerMs } from '../../../shared/timing/timer-ms.ts';
import type { Hop } from './ssh2-login.ts';

/**
 * Ends a link on which nothing came for as long as the keepalive allows. ssh2 itself counts unanswered questions only,
 * and so ends links that are merely busy.
 */
export function noticeSilence({ name, settings }: Hop, stream: Duplex, fail: (why: DaemonError) => void): void {
  const silent = `nothing was heard from ${printable(name)} for ${Math.round(settings.silenceMs / 1000)} s`;
  let hasSpoken = false;
  const judge = (): void => {
    if (!hasSpoken) fail(new DaemonError('timed-out', silent));
  };
  const timer = setTimeout(() => {
    hasSpoken = false;
    // Where this thread was held up, or the machine asleep, what has come meanwhile is read first.
    setImmediate(judge);
  }, timerMs(settings.silenceMs));
  stream.on('data', () => {
    hasSpoken = true;
    timer.refresh();
  });
  stream.once('close', () => clearTimeout(timer));
}
