// Owns: asking a remote for its refs at an interval, and telling which of them moved.
// Leaves: listing them (poll-through-git.ts, ssh/watch/poll-over-ssh.ts), what a listing says (shared/refs/ref-advertisement.ts).
import { DaemonError } from '../../shared/failures.ts';
import { type RefAdvertisement, wantedRefs } from '../../shared/refs/ref-advertisement.ts';
import type { WantedRefs } from '../../shared/remote.ts';
import { unlessAborted, wait } from '../../shared/timing/wait.ts';
import type { Connected, ListingOptions, ListRefs, OnDoubt, RemoteRefs, TransportReport } from '../transport.ts';
import { createProvenRefs } from './proven-refs.ts';

/** Of more, nobody wants to know the names. */
const MOST_NAMES = 1_000;
/** What was listed so short a time ago need not be listed again for a comparison. */
const FRESH_MS = 1_000;

export interface RefPolling {
  readonly everyMs: number;
  readonly wanted: WantedRefs;
  /** What is reported once the remote has answered. */
  readonly connected: Omit<Connected, 'refs'>;
  /** In a turn, and in time (in-turn.ts). */
  readonly list: (signal: AbortSignal, options?: ListingOptions) => Promise<Listing>;
  /** What was listed is all here. */
  readonly areHere?: RemoteRefs['areHere'];
}

export interface Listing {
  readonly refs: RefAdvertisement;
  /** There were more, or may be. */
  readonly isCut: boolean;
}

/** Connected once the remote has answered. Returns when closing; a failure of `list` ends it, for backoff to apply. */
export async function pollRefs(
  { everyMs, wanted, connected, list: listOnce, areHere = () => undefined }: RefPolling,
  report: (report: TransportReport) => void,
  closing: AbortSignal,
  onDoubt?: OnDoubt,
): Promise<void> {
  const { list, anew } = listAnew(listOnce);
  let last = await list(closing);
  const proven = createProvenRefs(last.refs, wantedRefs(wanted));
  let listedAtMs = performance.now();
  const pauses = createPauses(closing);
  /** Not beside the polls: two listings of a big remote are all that a thread has memory for. */
  const listNow: ListRefs = async (signal) => {
    if (performance.now() - listedAtMs > FRESH_MS) await pauses.cut(signal);
    return wholeOf(last);
  };
  const seenHere: RemoteRefs['areHere'] = (refs) => {
    proven.areHere(refs);
    areHere(refs);
  };
  report({ ...connected, refs: { list: listNow, areHere: seenHere } });
  report({ kind: 'polled' });
  onDoubt?.(() => (anew() ? undefined : pauses.skip()));
  try {
    // Give or take a fifth, so that many remotes are not asked at one time.
    while (await pauses.pause(everyMs * (0.8 + 0.4 * Math.random()))) {
      last = await list(closing, { before: last.refs });
      listedAtMs = performance.now();
      const told = proven.listed(last.refs);
      report({ kind: 'polled', ...(told.kind === 'unproven' && { unproven: true }) });
      if (told.kind === 'moved') report({ kind: 'moved', ...(told.refs.length <= MOST_NAMES && { refs: told.refs }) });
    }
  } finally {
    pauses.end();
  }
}

/** `anew` has a listing that is under way begun once more, and says whether there was one: it may wait for an answer that will not come. */
function listAnew(list: RefPolling['list']): { list: RefPolling['list']; anew: () => boolean } {
  let underWay: AbortController | undefined;
  const once = async (closing: AbortSignal, options?: ListingOptions): Promise<Listing | undefined> => {
    const listing = new AbortController();
    const end = (): void => listing.abort(closing.reason);
    if (closing.aborted) end();
    closing.addEventListener('abort', end, { once: true });
    underWay = listing;
    try {
      return await list(listing.signal, options);
    } catch (error) {
      if (listing.signal.reason !== ANEW) throw error;
      return undefined;
    } finally {
      underWay = undefined;
      closing.removeEventListener('abort', end);
    }
  };
  return {
    list: async (closing, options) => {
      for (;;) {
        const listed = await once(closing, options);
        if (listed) return listed;
      }
    },
    anew: () => {
      underWay?.abort(ANEW);
      return underWay !== undefined;
    },
  };
}

const ANEW = new Error('it is listed once more');

interface Pauses {
  /** False: told to close. */
  readonly pause: (waitMs: number) => Promise<boolean>;
  /**
   * Resolves when the next pause begins, so that what comes in between is done. Throws what the signal was aborted
   * with, or a DaemonError when there is no next one.
   */
  readonly cut: (signal: AbortSignal) => Promise<void>;
  /** Ends a pause, if there is one. */
  readonly skip: () => void;
  /** There is no other pause. */
  readonly end: () => void;
}

function createPauses(closing: AbortSignal): Pauses {
  const ended = new AbortController();
  let over = new AbortController();
  let waiting: (() => void)[] = [];
  closing.addEventListener('abort', () => over.abort(), { once: true });
  return {
    pause: async (waitMs) => {
      for (const begun of waiting) begun();
      waiting = [];
      over = new AbortController();
      if (!closing.aborted) await wait(waitMs, over.signal);
      return !closing.aborted;
    },
    cut: (signal) => {
      const begun = new Promise<void>((resolve) => {
        waiting.push(resolve);
      });
      over.abort();
      return unlessAborted(unlessAborted(begun, ended.signal), signal);
    },
    skip: () => over.abort(),
    end: () => ended.abort(new DaemonError('dropped', 'it is not polled any more')),
  };
}

/** Throws a DaemonError for a listing that was cut: what is behind the cut may be new. */
export function wholeOf({ refs, isCut }: Listing): RefAdvertisement {
  if (isCut) throw new DaemonError('too-many-refs', 'it has more refs than can be compared');
  return refs;
}
