// Owns: asking a remote for its refs at an interval, and telling which of them moved.
// Leaves: how they are listed (polling/, ssh/), and what a listing says (shared/ref-advertisement.ts).
import { movesBetween, type RefAdvertisement, wantedRefs } from '../shared/ref-advertisement.ts';
import type { WantedRefs } from '../shared/remote.ts';
import { answerOf } from './answer-of.ts';
import type { Connected, ListRefs, TransportReport } from './transport.ts';
import { wait } from './wait.ts';

/** Of more, nobody wants to know the names. */
const MOST_NAMES = 1_000;

export interface RefPolling {
  readonly everyMs: number;
  readonly wanted: WantedRefs;
  /** What is reported once the remote has answered. */
  readonly connected: Omit<Connected, 'list'>;
  readonly list: ListRefs;
}

/** Connected once the remote has answered. Returns when closing; a failure of `list` ends it, for backoff to apply. */
export async function pollRefs(
  { everyMs, wanted, connected, list }: RefPolling,
  report: (report: TransportReport) => void,
  closing: AbortSignal,
): Promise<void> {
  const isWanted = wantedRefs(wanted);
  let known = await answerOf(list, closing);
  report({ ...connected, list: afterFirst(known, list) });
  while (await pause(everyMs, closing)) {
    const current = await answerOf(list, closing);
    const refs = movesBetween(known, current, isWanted);
    known = current;
    if (refs.length > 0) report({ kind: 'moved', ...(refs.length <= MOST_NAMES && { refs }) });
  }
}

/** Waits the interval, give or take a fifth, so that many remotes are not asked at one time; false: told to close. */
async function pause(intervalMs: number, closing: AbortSignal): Promise<boolean> {
  await wait(intervalMs * (0.8 + 0.4 * Math.random()), closing);
  return !closing.aborted;
}

/** Who asks right after the first listing need not have it made again: what moves from it on is told. */
function afterFirst(first: RefAdvertisement, list: ListRefs): ListRefs {
  let unused: RefAdvertisement | undefined = first;
  return async (signal) => {
    const listed = unused ?? (await list(signal));
    unused = undefined;
    return listed;
  };
}
