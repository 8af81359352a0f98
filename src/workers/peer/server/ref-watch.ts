// Owns: finding out which refs of this repository move, as it happens: those that a peer would care for.
// Leaves: reading refs from files (workers/local), and telling peers (pending-changes.ts).
import { type DaemonError, failureOf } from '../../../shared/failures.ts';
import type { ServeTask } from '../../../shared/serve-messages.ts';
import { createDirectoryWatches, NoWatchToBeHad } from '../../../shared/system/directory-watches.ts';
import { debouncedEvents } from '../../../shared/timing/debounce.ts';
import { wait } from '../../../shared/timing/wait.ts';
import { disksNow } from '../../local/file-systems.ts';
import { changeBetween } from '../../local/ref-changes.ts';
import { type RefsOnDisk, readRefs } from '../../local/refs-on-disk.ts';
import { findRepository } from '../../local/repository-layout.ts';
import type { NoteChild } from '../../run-command.ts';
import { createLeftTips, type LeftTips } from './left-tips.ts';
import { countsForPeers, type ListedRefs, listRefs, movesBetween } from './listed-refs.ts';
import type { Offer } from './pending-changes.ts';

export interface RefWatchOptions {
  readonly task: ServeTask;
  readonly offer: (offer: Offer) => void;
  readonly log: (text: string) => void;
  readonly noteChild: NoteChild;
  /** Of which refs it is told; absent: of those that a peer would care for. */
  readonly counts?: (ref: string) => boolean;
}

interface Watching extends Required<RefWatchOptions> {
  /** Offers what is any. */
  readonly tell: (offer: Offer) => void;
  readonly left: LeftTips;
  /** As they were listed last, where nothing has watched them since. */
  listed: ListedRefs | undefined;
}

/** git locks, writes and renames; what is gathered longer would come later. */
const TIMES = { quietMs: 5, longestMs: 20 };
/** Where no event tells of changes. */
const LOOK_AGAIN_MS = 2_000;
/** Where files alone do not tell what moved, and nothing tells that anything did. */
const ASK_GIT_MS = 10_000;

/** Until the signal is aborted; never rejects. `ready` is called when nothing that moves from then on is missed. */
export async function watchOwnRefs(options: RefWatchOptions, ready: () => void, closing: AbortSignal): Promise<void> {
  let said = '';
  let isReady = false;
  const readyOnce = (): void => {
    if (!isReady) ready();
    isReady = true;
  };
  const tell = (offer: Offer): void => {
    if (offer === undefined || offer.length > 0) options.offer(offer);
  };
  const watching: Watching = { counts: countsForPeers, ...options, tell, left: createLeftTips(), listed: undefined };
  while (!closing.aborted) {
    try {
      await watchFiles(watching, readyOnce, closing);
    } catch (error) {
      if (closing.aborted) return;
      const { detail } = failureOf(error);
      if (detail !== said) options.log(`refs here are asked for every ${ASK_GIT_MS / 1_000} s: ${detail}`);
      said = detail;
      // What has moved since it was watched is not known.
      if (isReady && watching.listed === undefined) tell(undefined);
      await askGit(watching, readyOnce, closing);
    }
  }
}

async function watchFiles(watching: Watching, ready: () => void, closing: AbortSignal) {
  const { task, tell, left, noteChild, counts } = watching;
  const layout = findRepository(task.gitDir, disksNow());
  const events = debouncedEvents(TIMES, closing);
  const watches = createDirectoryWatches({
    onEvent: (event) => (event === 'written' || event === 'moved') && events.note(),
  });
  const read = (before?: Reading): Reading => {
    let lack: DaemonError | undefined;
    const enter: Parameters<typeof readRefs>[2] = (directory, matters) => {
      try {
        return watches.enter(directory, matters) !== 'gone';
      } catch (error) {
        if (!(error instanceof NoWatchToBeHad)) throw error;
        lack ??= error;
        return true;
      }
    };
    const all = readRefs(layout, before?.all, enter, disksNow());
    watches.sweep();
    return { all, refs: thoseThatCount(all, counts), lack };
  };
  try {
    let last = read();
    if (watching.listed) tell(movesListed(watching.listed, await listRefs(task, noteChild, closing, counts), left));
    watching.listed = undefined;
    // Files tell all, but of a reftable, and where there are too many.
    let listed = isTold(last.refs) ? undefined : await listRefs(task, noteChild, closing, counts);
    ready();
    while (!closing.aborted) {
      const isNews = await events.next(last.lack ? LOOK_AGAIN_MS : FOR_LONG_MS);
      if (closing.aborted) return;
      if (!isNews && last.lack === undefined) continue;
      const current = read(last);
      if (isTold(last.refs) && isTold(current.refs)) tell(movesRead(last.refs, current.refs, watching));
      else if (!isSame(last.refs, current.refs)) {
        const beganMs = performance.now();
        const now = await listRefs(task, noteChild, closing, counts);
        tell(movesListed(listed, now, left));
        listed = now;
        // Where refs move all the time, git has half of it.
        await wait(performance.now() - beganMs, closing);
      }
      last = current;
    }
  } finally {
    watches.close();
  }
}

interface Reading {
  readonly all: RefsOnDisk;
  /** Those that count. */
  readonly refs: RefsOnDisk;
  /** Why there is not a watch of each directory. */
  readonly lack: DaemonError | undefined;
}

const FOR_LONG_MS = 24 * 3_600_000;

/** For as long as it takes until there may be a watch again. */
async function askGit(watching: Watching, ready: () => void, closing: AbortSignal) {
  const { task, tell, left, noteChild, counts } = watching;
  watching.listed ??= await listRefs(task, noteChild, closing, counts);
  ready();
  for (let round = 0; round < 30 && !closing.aborted; round += 1) {
    await wait(ASK_GIT_MS, closing);
    if (closing.aborted) return;
    const now = await listRefs(task, noteChild, closing, counts);
    tell(movesListed(watching.listed, now, left));
    watching.listed = now;
  }
}

/** Undefined: it is not known what moved; where nothing is known for long, that is told once. */
function movesListed(before: ListedRefs | undefined, now: ListedRefs | undefined, left: LeftTips): Offer {
  if (before === undefined && now === undefined) return [];
  return before && now && movesBetween(before, now, left);
}

/** As the files tell it. */
function movesRead(before: RefsOnDisk, after: RefsOnDisk, { left, counts }: Watching): Offer {
  const change = changeBetween(before, after);
  if (change.kind === 'none') return [];
  const isHere = hadObject(before);
  const moves = change.refs
    ?.filter(({ ref }) => counts(ref))
    .map((move) => (isHere(move.tip) || left.has(move.tip) ? { ...move, isOldObject: true as const } : move));
  for (const { ref } of moves ?? []) left.note(before.loose.get(ref)?.text);
  return moves;
}

/** What is fetched and kept aside here is no news to others; nor is which branch is checked out. */
const thoseThatCount = (refs: RefsOnDisk, counts: Watching['counts']): RefsOnDisk => ({
  ...refs,
  head: undefined,
  loose: new Map([...refs.loose].filter(([ref]) => counts(ref))),
});

/** By the files; of packed refs that are too many to be read, that some may have moved, which no list is kept for. */
const isTold = ({ comparable, tables }: RefsOnDisk): boolean => comparable && tables === '';

const isSame = (one: RefsOnDisk, other: RefsOnDisk): boolean =>
  one.comparable && other.comparable && changeBetween(one, other).kind === 'none';

/** By the text alone: of a packed ref, or of what an annotated tag leads to. True where it is not known. */
function hadObject({ loose, packed }: RefsOnDisk): (tip: string | undefined) => boolean {
  const values = new Set([...loose.values()].map(({ text }) => text));
  return (tip) => tip !== undefined && (packed?.isTooBig || values.has(tip) || packed?.text.includes(tip) === true);
}
