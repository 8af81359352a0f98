// Owns: noticing that one of some files changed, came or went, whatever becomes of the directories they are in.
// Leaves: watching a directory (shared/system/directory-watches.ts), which files, what is done then (live-config.ts).
import fs from 'node:fs';
import path from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { createDirectoryWatches, type DirectoryEvent } from '../../shared/system/directory-watches.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import { directoryIdentity } from '../../shared/system/file-identity.ts';
import { stampOf } from '../../shared/system/read-regular-file.ts';
import { debounce } from '../../shared/timing/debounce.ts';

export interface FileWatch {
  /** Watches these files from here on, absolute paths, and no others. `/dir/*` is all that is, or comes, in a directory. */
  readonly follow: (files: readonly string[]) => void;
  readonly close: () => void;
}

export interface FileWatchOptions {
  /** Called once things have been quiet, or at the latest after the longest wait. */
  readonly changed: () => void;
  /** Not all directories can be watched, for this reason: until `recovered` the files are looked at now and then. */
  readonly failed: (why: string) => void;
  readonly recovered?: () => void;
  readonly quietMs?: number;
  readonly longestMs?: number;
  readonly lookMs?: number;
}

/** git makes a file, writes it and renames it; an editor does the like, a little slower. */
const QUIET_MS = 200;
const LONGEST_MS = 2_000;
/** What cannot be watched is looked at so often: a few system calls for each file. */
const LOOK_MS = 5_000;
/** As many as Linux follows in one path. */
const MOST_LINKS = 40;
/** A path that grows deeper while it is looked at; past this the next event does it. */
const MOST_LOOKS = 64;

/** Starts with no files. It does not keep the process alive. */
export function watchFiles(options: FileWatchOptions): FileWatch {
  const { changed, failed, recovered, quietMs = QUIET_MS, longestMs = LONGEST_MS, lookMs = LOOK_MS } = options;
  const news = debounce(changed, { quietMs, longestMs });
  let files: readonly string[] = [];
  /** Directories without a watch, and why. */
  const refused = new Map<string, string>();
  let isTold = false;
  let looking: { readonly timer: NodeJS.Timeout; readonly seen: string } | undefined;
  /** True if it may have come too late for what happened below. */
  const enter = (directory: string, names: ReadonlySet<string>): boolean => {
    try {
      const entered = watches.enter(directory, (name) => names.has(name) || names.has('*'));
      refused.delete(directory);
      return entered !== 'watched';
    } catch (error) {
      if (!(error instanceof DaemonError)) throw error;
      refused.set(directory, error.detail);
      return false;
    }
  };
  /** True if it is to be looked again what there is. */
  const align = (): boolean => {
    const directories = directoriesOf(files);
    for (const directory of refused.keys()) if (!directories.has(directory)) refused.delete(directory);
    const isNew = [...directories].map(([directory, names]) => enter(directory, names));
    watches.sweep();
    return isNew.includes(true);
  };
  const look = (): void => {
    for (let looks = 0; looks < MOST_LOOKS && align(); looks++);
    const [why] = refused.values();
    if (why === undefined) stopLooking();
    else looking ??= lookLater();
    if (isTold !== (why !== undefined)) why === undefined ? recovered?.() : failed(why);
    isTold = why !== undefined;
  };
  const lookLater = () => ({ seen: stampsOf(files), timer: setTimeout(lookAgain, lookMs).unref() });
  const lookAgain = (): void => {
    const isOther = looking?.seen !== stampsOf(files);
    looking = lookLater();
    // What has no watch may have one again.
    look();
    if (isOther) news.note();
  };
  const stopLooking = (): void => {
    clearTimeout(looking?.timer);
    looking = undefined;
  };
  // Every fetch makes and removes locks in the git directory.
  const stir = debounce(look, { quietMs, longestMs });
  const onEvent = (event: DirectoryEvent): void => {
    if (event === 'stirred') stir.note();
    else news.note();
    if (event === 'moved') look();
  };
  const watches = createDirectoryWatches({ onEvent, persistent: false });
  const follow = (next: readonly string[]): void => {
    files = next;
    stopLooking();
    look();
  };
  return {
    follow,
    close: () => {
      isTold = false;
      follow([]);
      news.close();
      stir.close();
    },
  };
}

/** Another text says that one of them was written, came, went, or was replaced. */
const stampsOf = (files: readonly string[]): string => files.map(stampAt).join(' ');

function stampAt(file: string): string {
  try {
    return stampOf(fs.statSync(file.replace(/\/\*$/, ''), { bigint: true }));
  } catch (error) {
    return errorCode(error) ?? 'unknown';
  }
}

/** The directories to watch, and in each the names that matter: of the files, or of what their paths still lack. */
function directoriesOf(files: readonly string[]): Map<string, Set<string>> {
  const directories = new Map<string, Set<string>>();
  const seen = new Set<string>();
  const add = (file: string, linksLeft: number): void => {
    if (seen.has(file)) return;
    seen.add(file);
    // They may lead elsewhere tomorrow.
    if (linksLeft > 0) for (const link of linksAbove(file)) add(link, linksLeft - 1);
    let directory = path.dirname(file);
    let name = path.basename(file);
    while (directoryIdentity(directory) === undefined && directory !== path.dirname(directory)) {
      name = path.basename(directory);
      directory = path.dirname(directory);
    }
    const names = directories.get(directory) ?? new Set<string>();
    directories.set(directory, names.add(name));
    const target = linkTarget(file);
    if (target !== undefined && linksLeft > 0) add(target, linksLeft - 1);
  };
  for (const file of files) add(file, MOST_LINKS);
  return directories;
}

/** The symbolic links among the directories of a path. */
function linksAbove(file: string): string[] {
  const links: string[] = [];
  for (let directory = path.dirname(file); directory !== path.dirname(directory); directory = path.dirname(directory)) {
    if (linkTarget(directory) !== undefined) links.push(directory);
  }
  return links;
}

function linkTarget(file: string): string | undefined {
  try {
    return path.resolve(path.dirname(file), fs.readlinkSync(file));
  } catch {
    // No link, or nothing there at all.
    return undefined;
  }
}
