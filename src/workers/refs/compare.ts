// Owns: answering whether all that the remote has is here: its refs listed, ours read, both compared.
// Leaves: listing (transports), reading (local-refs.ts), what equal means (shared/refs/all-here.ts).
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { hasStale } from '../../shared/refs/all-here.ts';
import type { HereRefs } from '../../shared/refs/here-refs.ts';
import { TAGS } from '../../shared/refs/lacking.ts';
import type { RefAdvertisement } from '../../shared/refs/ref-advertisement.ts';
import type { Comparison } from '../../shared/remote.ts';
import { collectGarbage } from '../../shared/system/collect-garbage.ts';
import type { LinkTask, Order } from '../../shared/thread-messages.ts';
import type { ListRefs, RemoteRefs, TakeTurn, TransportReport } from '../transport.ts';
import { comparingInTurn, inTime } from './in-turn.ts';
import { compared, fetched, type LeftBehind, lacksOf, NOTHING_LEFT } from './left-behind.ts';
import { holdTrackedRefs } from './local-refs.ts';

type Checked = Extract<TransportReport, { kind: 'checked' | 'log' | 'child' | 'received' }>;

export interface RefCheck {
  /** The link is up; `refs` is absent where it has none that could be told. */
  readonly connected: (refs: RemoteRefs | undefined) => void;
  /** `fetchedAfter` as in the order. One at a time; what is asked meanwhile is answered by one more, unless this one says that a fetch is needed. */
  readonly ask: (asked: CheckAsked) => void;
  /** Reports nothing any more. Resolves when nothing of it is left; never rejects. */
  readonly close: () => Promise<void>;
}

/** The order. */
export type CheckAsked = Omit<Extract<Order, { kind: 'check' }>, 'kind'>;

export interface RefCheckOptions {
  readonly task: LinkTask;
  readonly report: (report: Checked) => void;
  readonly takeTurn: TakeTurn;
}

type RefsOfLink =
  | { readonly kind: 'none' }
  | { readonly kind: 'listable'; readonly refs: RemoteRefs }
  /** To list them again would be for nothing. */
  | { readonly kind: 'too-many' };

type Work =
  | { readonly kind: 'idle' }
  | {
      readonly kind: 'comparing';
      readonly asked: CheckAsked;
      /** What was asked meanwhile. */
      readonly next: CheckAsked | undefined;
      /** Of this one alone: what waits for a signal stays with it. */
      readonly over: AbortController;
      readonly done: Promise<void>;
    }
  | { readonly kind: 'closed' };

interface Found {
  readonly lacked: LeftBehind['lacked'];
  /** A fetch would delete something here. */
  readonly isStale: boolean;
  /** So many refs the remote has. */
  readonly listed?: number;
  readonly hasAllTags?: boolean;
}

/** V8 does not see how much memory waits for it: with fewer refs than these that is less than what collecting is worth. */
const BIG_REFS = 25_000;

const NOT_TOLD: Found = { lacked: undefined, isStale: false };

export function createRefCheck({ task, report, takeTurn }: RefCheckOptions): RefCheck {
  let ofLink: RefsOfLink = { kind: 'none' };
  let work: Work = { kind: 'idle' };
  let leftBehind = NOTHING_LEFT;

  const noteChild = (pgid: number, running: boolean): void => report({ kind: 'child', pgid, running });
  const received = (bytes: number): void => report({ kind: 'received', bytes });
  const compare = async (refs: RemoteRefs, comparison: Comparison, signal: AbortSignal): Promise<Found> => {
    const [remote, here] = await listBoth(refs.list, signal, (listed, cut) =>
      holdTrackedRefs(task, listed, comparison, { signal: cut, received, noteChild }),
    );
    const lacked = lacksOf(remote, here, task.refs);
    const hasAllTags = task.refs.tags && (lacked?.every(({ text }) => !text.startsWith(TAGS)) ?? false);
    const isStale = hasStale(remote, here, task.refs, comparison);
    if (!isStale && lacked?.length === 0) refs.areHere(remote);
    return { listed: remote.size, hasAllTags, lacked, isStale };
  };
  const look = async ({ comparison }: CheckAsked, signal: AbortSignal): Promise<Found> => {
    if (ofLink.kind !== 'listable') return NOT_TOLD;
    const { refs } = ofLink;
    try {
      return await comparingInTurn(() => compare(refs, comparison, signal), takeTurn, signal);
    } catch (error) {
      if (error instanceof DaemonError && error.code === 'too-many-refs') ofLink = { kind: 'too-many' };
      // The fetch that follows fails by the same, and says so to a person, or does better.
      if (work.kind !== 'closed') {
        report({ kind: 'log', text: `its refs were not compared: ${printable(String(error))}` });
      }
      return NOT_TOLD;
    }
  };
  const start = (asked: CheckAsked): Work => {
    const over = new AbortController();
    return { kind: 'comparing', asked, next: undefined, over, done: look(asked, over.signal).then(answer) };
  };
  const answer = ({ lacked, isStale, listed, hasAllTags }: Found): void => {
    if (work.kind !== 'comparing') return;
    if (listed !== undefined && listed >= BIG_REFS) setImmediate(collectGarbage);
    const { after, isAllTheSame } = compared(leftBehind, lacked, performance.now());
    leftBehind = after;
    const allHere = isAllTheSame && !isStale;
    const { asked, next } = work;
    const told = { ...(listed !== undefined && { listed }), ...(hasAllTags && { hasAllTags }) };
    report({ kind: 'checked', allHere, asked: asked.asked, ...told });
    // A fetch sees also what moved since.
    work = allHere && next !== undefined ? start(next) : { kind: 'idle' };
  };
  return {
    connected: (refs) => {
      if (ofLink.kind !== 'too-many') ofLink = refs ? { kind: 'listable', refs } : { kind: 'none' };
    },
    ask: (asked) => {
      const { fetchedAfter } = asked;
      if (fetchedAfter !== undefined) leftBehind = fetched(leftBehind, fetchedAfter, performance.now());
      if (work.kind === 'idle') work = start(asked);
      else if (work.kind === 'comparing') work = { ...work, next: asked };
    },
    close: async () => {
      const before = work;
      work = { kind: 'closed' };
      if (before.kind !== 'comparing') return;
      before.over.abort();
      await before.done;
    },
  };
}

/**
 * Ours are listed while the remote lists its own, from when its answer begins to come. What is slow there is not held
 * against ours: their time begins when the remote's are all listed.
 */
async function listBoth(
  list: ListRefs,
  signal: AbortSignal,
  hold: (remote: Promise<RefAdvertisement>, cut: AbortSignal) => Promise<HereRefs>,
): Promise<[RefAdvertisement, HereRefs]> {
  signal.throwIfAborted();
  const over = new AbortController();
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const listing = list(signal, { onBegin: begin });
  const holding = Promise.race([begun, listing]).then(() => hold(listing, over.signal));
  // Should it fail long before the remote is listed, it is told when that is.
  holding.catch(() => undefined);
  try {
    const remote = await listing;
    const here = await inTime((cut) => {
      const end = (): void => over.abort(cut.reason);
      cut.addEventListener('abort', end, { once: true });
      if (cut.aborted) end();
      return holding;
    }, signal);
    return [remote, here];
  } catch (error) {
    over.abort(error);
    await holding.catch(() => undefined);
    throw error;
  }
}
