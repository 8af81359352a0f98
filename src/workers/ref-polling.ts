// Owns: asking a remote for its refs at an interval, and telling which of them moved.
// Leaves: how they are listed (polling/, ssh/), and what a listing says (shared/ref-advertisement.ts).
import { DaemonError } from '../shared/failures.ts';
import { movesBetween, type RefAdvertisement, wantedRefs } from '../shared/ref-advertisement.ts';
import type { WantedRefs } from '../shared/remote.ts';
import { answerOf } from './answer-of.ts';
import type { Connected, RemoteRefs, TransportReport } from './transport.ts';
import { wait } from './wait.ts';

/** Of more, nobody wants to know the names. */
const MOST_NAMES = 1_000;

export interface RefPolling {
  readonly everyMs: number;
  readonly wanted: WantedRefs;
  /** What is reported once the remote has answered. */
  readonly connected: Omit<Connected, 'refs'>;
  readonly list: (signal: AbortSignal) => Promise<Listing>;
  /** What was listed is all here. */
  readonly areHere?: RemoteRefs['areHere'];
}

export interface Listing {
  readonly refs: RefAdvertisement;
  /** There were more. */
  readonly isCut: boolean;
}

/** Connected once the remote has answered. Returns when closing; a failure of `list` ends it, for backoff to apply. */
export async function pollRefs(
  { everyMs, wanted, connected, list, areHere = () => undefined }: RefPolling,
  report: (report: TransportReport) => void,
  closing: AbortSignal,
): Promise<void> {
  const isWanted = wantedRefs(wanted);
  let known = await answerOf(list, closing);
  // What is not known yet is told when it is asked for the next time; so nobody else need ask.
  report({ ...connected, refs: { list: async () => wholeOf(known), areHere } });
  while (await pause(everyMs, closing)) {
    const current = await answerOf(list, closing);
    const refs = movesBetween(known.refs, current.refs, isWanted);
    known = current;
    if (refs.length > 0) report({ kind: 'moved', ...(refs.length <= MOST_NAMES && { refs }) });
  }
}

/** Waits the interval, give or take a fifth, so that many remotes are not asked at one time; false: told to close. */
async function pause(intervalMs: number, closing: AbortSignal): Promise<boolean> {
  await wait(intervalMs * (0.8 + 0.4 * Math.random()), closing);
  return !closing.aborted;
}

/** Throws a DaemonError for a listing that was cut: what is behind the cut may be new. */
function wholeOf({ refs, isCut }: Listing): RefAdvertisement {
  if (isCut) throw new DaemonError('too-many-refs', 'it has more refs than can be compared');
  return refs;
}
