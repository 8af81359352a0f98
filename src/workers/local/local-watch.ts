// Owns: watching a repository in this machine's file system: one link from its opening to its end.
// Leaves: fetching what moved, and looking again for one that is gone (main/supervisor).
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { createDirectoryWatches, type DirectoryWatches } from '../../shared/system/directory-watches.ts';
import { debouncedEvents } from '../../shared/timing/debounce.ts';
import type { Closing, Transport, TransportReport } from '../transport.ts';
import { refuseDeafFileSystem } from './file-systems.ts';
import { refuseAnotherOwner } from './ownership.ts';
import { createPlaceGuard } from './place-guard.ts';
import { changeBetween } from './ref-changes.ts';
import { type Enter, readRefs } from './refs-on-disk.ts';
import { absolutePath, findRepository, type RepositoryLayout } from './repository-layout.ts';

/** git locks, writes and renames within a few ms; with what follows, `moved` comes within 100 ms. */
const QUIET_MS = 20;
const LONGEST_MS = 60;
/** No event tells of a folder above that is renamed, or a disk that is unmounted here but not in a container. */
const LOOK_AGAIN_MS = 2_000;

/** Connected once the watch is set. Nothing on the disk is held open, so that it can be unmounted. */
export const watchLocalRepository: Transport = async (task, report, closing) => {
  if (task.rung.kind !== 'local-watch') throw new DaemonError('unknown', `not a local rung: ${task.rung.kind}`);
  if (closing.kindly.aborted) return;
  const place = absolutePath(task.rung.path, task.directory, process.env.HOME);
  await refuseDeafFileSystem(place);
  await refuseAnotherOwner(task.rung.path, task.directory, closing.kindly);
  if (closing.kindly.aborted) return;
  const layout = await findRepository(place);
  await Promise.all([layout.gitDir, layout.commonDir].map(refuseDeafFileSystem));
  const events = debouncedEvents({ quietMs: QUIET_MS, longestMs: LONGEST_MS }, closing.kindly);
  const watches = createDirectoryWatches({
    // What stirred matters to nobody, and what was replaced is seen while all is read anew.
    onEvent: (event) => (event === 'written' || event === 'moved') && events.note(),
  });
  try {
    await follow({ place, layout, watches, next: () => events.next(LOOK_AGAIN_MS), report, closing });
  } finally {
    watches.close();
  }
};

interface Followed {
  readonly place: string;
  readonly layout: RepositoryLayout;
  readonly watches: DirectoryWatches;
  /** Whether there is news, after waiting for it. */
  readonly next: () => Promise<boolean>;
  readonly report: (report: TransportReport) => void;
  readonly closing: Closing;
}

async function follow({ place, layout, watches, next, report, closing }: Followed): Promise<void> {
  const enter: Enter = (directory, matters) => watches.enter(directory, matters) !== 'gone';
  const read = (before?: ReturnType<typeof readRefs>): ReturnType<typeof readRefs> => {
    const refs = readRefs(layout, before, enter);
    watches.sweep();
    return refs;
  };
  const refuseAnother = createPlaceGuard(place, layout);
  let last = read();
  report({ kind: 'connected', how: `a file system watch of ${printable(place)}`, relay: false });
  while (!closing.kindly.aborted) {
    const isNews = await next();
    if (closing.kindly.aborted) return;
    await refuseAnother();
    if (!isNews) continue;
    const current = read(last);
    const change = changeBetween(last, current);
    last = current;
    if (change.kind === 'moved') report(change);
  }
}
