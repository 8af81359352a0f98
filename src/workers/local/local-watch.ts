// Owns: watching a repository in this machine's file system: one link from its opening to its end.
// Leaves: fetching what moved, and looking again for one that is gone (main/supervisor).
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import {
  createDirectoryWatches,
  type DirectoryWatches,
  type Matters,
  NoWatchToBeHad,
} from '../../shared/system/directory-watches.ts';
import { debouncedEvents } from '../../shared/timing/debounce.ts';
import type { Closing, Transport, TransportReport } from '../transport.ts';
import { inTurn } from '../turns.ts';
import { disksNow, type MountedDisks } from './file-systems.ts';
import { lookFromAside } from './look-aside.ts';
import { refuseAnotherOwner } from './ownership.ts';
import { createPlaceGuard } from './place-guard.ts';
import { changeBetween } from './ref-changes.ts';
import { type RefsOnDisk, readRefs } from './refs-on-disk.ts';
import {
  absolutePath,
  findRepository,
  isPlainlyAway,
  locateRepository,
  type RepositoryLayout,
} from './repository-layout.ts';

/** git locks, writes and renames within a few ms; with what follows, `moved` comes within 100 ms. */
const QUIET_MS = 20;
const LONGEST_MS = 60;
/** No event tells of a folder above that is renamed, or a disk that is unmounted here but not in a container. */
const LOOK_AGAIN_MS = 2_000;

/** Connected once the watch is set. Nothing on the disk is held open, so that it can be unmounted. */
export const watchLocalRepository: Transport = async (task, report, closing, takeTurn) => {
  if (task.rung.kind !== 'local-watch') throw new DaemonError('unknown', `not a local rung: ${task.rung.kind}`);
  if (closing.kindly.aborted) return;
  const { rung, directory } = task;
  const place = absolutePath(rung.path, directory, process.env.HOME);
  const turn: Turn = (work) => inTurn(takeTurn, { kind: 'look' }, closing.kindly, work);
  try {
    // What is plainly away needs no other process to say so: it is looked for every two seconds.
    if (!isPlainlyAway(place, disksNow())) {
      await turn(async () => {
        await lookFromAside(place, report, closing.kindly);
        // Looking may have made an automounter mount it. Nor does a directory without a repository need git to say so.
        locateRepository(place, disksNow());
        await refuseAnotherOwner(rung.path, directory, report, closing.kindly);
      });
    }
    if (!closing.kindly.aborted) await watchPlace(place, { turn, report, closing });
  } catch (error) {
    // Told to close, a look ends with that.
    if (!closing.kindly.aborted) throw error;
  }
};

/** Of those that start processes to look at what is here. */
type Turn = <T>(work: () => Promise<T>) => Promise<T>;

interface WatchedLink {
  readonly turn: Turn;
  readonly report: (report: TransportReport) => void;
  readonly closing: Closing;
}

async function watchPlace(place: string, link: WatchedLink): Promise<void> {
  const layout = findRepository(place, disksNow());
  const events = debouncedEvents({ quietMs: QUIET_MS, longestMs: LONGEST_MS }, link.closing.kindly);
  const watches = createDirectoryWatches({
    // What stirred matters to nobody, and what was replaced is seen while all is read anew.
    onEvent: (event) => (event === 'written' || event === 'moved') && events.note(),
  });
  try {
    await follow({ place, layout, watches, next: () => events.next(LOOK_AGAIN_MS), ...link });
  } finally {
    watches.close();
  }
}

interface Followed extends WatchedLink {
  readonly place: string;
  readonly layout: RepositoryLayout;
  readonly watches: DirectoryWatches;
  /** Whether there is news, after waiting for it. */
  readonly next: () => Promise<boolean>;
}

async function follow({ place, layout, watches, next, turn, report, closing }: Followed): Promise<void> {
  const read = createReader(layout, watches);
  const refuseAnother = createPlaceGuard(place, layout);
  let last = read(disksNow());
  let how = howOf(place, last.lack);
  report({ kind: 'connected', how, relay: false });
  while (!closing.kindly.aborted) {
    const isNews = await next();
    if (closing.kindly.aborted) return;
    // A program that serves it may hang at any time, which a disk hardly does.
    if (disksNow().isServedHere(layout.gitDir)) await turn(() => lookFromAside(place, report, closing.kindly));
    const disks = disksNow();
    refuseAnother(disks);
    if (!isNews && last.lack === undefined && !mayBeSwitched(last)) continue;
    const current = read(disks, last);
    const howNow = howOf(place, current.lack);
    if (howNow !== how) report({ kind: 'connected', how: howNow, relay: false });
    how = howNow;
    const change = changeBetween(last, current);
    last = current;
    if (change.kind === 'moved') report(change);
  }
}

/** What was read; `lack`: why not all of it is watched, so that it is to be looked at now and then. */
type Reading = RefsOnDisk & { readonly lack?: string };

/** Throws as readRefs does, but for what has no watch and can be looked at instead. */
function createReader(layout: RepositoryLayout, watches: DirectoryWatches) {
  return (disks: MountedDisks, before?: RefsOnDisk): Reading => {
    let lack: NoWatchToBeHad | undefined;
    const enter = (directory: string, matters: Matters): boolean => {
      try {
        return watches.enter(directory, matters) !== 'gone';
      } catch (error) {
        if (!(error instanceof NoWatchToBeHad)) throw error;
        lack ??= error;
        return true;
      }
    };
    const refs = readRefs(layout, before, enter, disks);
    watches.sweep();
    // Of two states that nobody can compare, each look would say that something moved.
    if (lack && !refs.comparable) throw lack;
    return lack ? { ...refs, lack: lack.detail } : refs;
  };
}

/** Of two states that nobody can compare, each look would say that something moved. */
const mayBeSwitched = ({ isLinked, comparable }: Reading): boolean => isLinked && comparable;

const howOf = (place: string, lack: string | undefined): string =>
  lack === undefined
    ? `a file system watch of ${printable(place)}`
    : `looking at ${printable(place)} every ${LOOK_AGAIN_MS / 1_000} s, as the daemon ${lack}`;
