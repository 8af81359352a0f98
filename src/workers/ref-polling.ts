// Owns: asking a remote for its refs at an interval, and telling which of them moved.
// Leaves: how they are listed (polling/, ssh/), and what a listing says (shared/ref-advertisement.ts).
import { DaemonError } from '../shared/failures.ts';
import { movesBetween, type RefAdvertisement, wantedRefs } from '../shared/ref-advertisement.ts';
import type { WantedRefs } from '../shared/remote.ts';
import type { TransportReport } from './transport.ts';
import { wait } from './wait.ts';

/** A remote that has not answered by then is taken for unreachable. */
const ANSWER_MS = 60_000;
/** Of more, nobody wants to know the names. */
const MOST_NAMES = 1_000;

export interface RefPolling {
  readonly everyMs: number;
  readonly wanted: WantedRefs;
  /** What is reported once the remote has answered. */
  readonly connected: Extract<TransportReport, { kind: 'connected' }>;
  /** Throws a DaemonError, and settles soon after the signal is aborted. */
  readonly list: (signal: AbortSignal) => Promise<RefAdvertisement>;
}

/** Connected once the remote has answered. Returns when closing; a failure of `list` ends it, for backoff to apply. */
export async function pollRefs(
  { everyMs, wanted, connected, list }: RefPolling,
  report: (report: TransportReport) => void,
  closing: AbortSignal,
): Promise<void> {
  const isWanted = wantedRefs(wanted);
  let known = await answerOf(list, closing);
  report(connected);
  while (await pause(everyMs, closing)) {
    const current = await answerOf(list, closing);
    const refs = movesBetween(known, current, isWanted);
    known = current;
    if (refs.length > 0) report({ kind: 'moved', ...(refs.length <= MOST_NAMES && { refs }) });
  }
}

/** Not by AbortSignal.any: what it makes stays with a signal that lives as long as the link (Node 20). */
async function answerOf(list: RefPolling['list'], closing: AbortSignal): Promise<RefAdvertisement> {
  const cut = new AbortController();
  const close = (): void => cut.abort(closing.reason);
  const late = new DaemonError('timed-out', `no answer within ${ANSWER_MS / 1_000} s`);
  const timer = setTimeout(() => cut.abort(late), ANSWER_MS);
  closing.addEventListener('abort', close, { once: true });
  if (closing.aborted) close();
  try {
    return await list(cut.signal);
  } finally {
    clearTimeout(timer);
    closing.removeEventListener('abort', close);
  }
}

/** Waits the interval, give or take a fifth, so that many remotes are not asked at one time; false: told to close. */
async function pause(intervalMs: number, closing: AbortSignal): Promise<boolean> {
  await wait(intervalMs * (0.8 + 0.4 * Math.random()), closing);
  return !closing.aborted;
}
