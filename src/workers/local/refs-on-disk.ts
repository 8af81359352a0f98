// Owns: the state of a repository's refs as its files show it, in both of git's formats, without running git.
// Leaves: what a difference means (ref-changes.ts). It is read synchronously, and so kept small.
import fs from 'node:fs';
import path from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { Matters } from '../../shared/system/directory-watches.ts';
import { meaningOf } from '../../shared/system/errno.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import { readRegularFile } from '../../shared/system/read-regular-file.ts';
import { isDirectory, type MountedDisks } from './file-systems.ts';
import { oddFile, type RepositoryLayout } from './repository-layout.ts';

export interface RefFile {
  /** Another one says that the file was written, though it may hold the same. */
  readonly stamp: string;
  /** Without the white space around it. */
  readonly text: string;
  /** It is too big to be read; of packed refs that is no bar to comparing. */
  readonly isTooBig?: true;
}

export interface RefsOnDisk {
  readonly head: RefFile | undefined;
  /** `refs/heads/main` → its file. */
  readonly loose: ReadonlyMap<string, RefFile>;
  readonly packed: RefFile | undefined;
  /** The tables of a reftable; their names never come again (git, Documentation/technical/reftable). */
  readonly tables: string;
  /** False: there is too much, or what cannot be read, so that nobody can say that two states are equal. */
  readonly comparable: boolean;
  /** Some of them are where a link leads: no event tells that a folder on the way to there was switched for another. */
  readonly isLinked: boolean;
}

/** Reading so many takes about 20 ms. */
const MOST_LOOSE = 2_000;
/** Of directories and files below `refs`; listing so many takes about 100 ms. What has more is better polled. */
const MOST_ENTRIES = 50_000;
/** Of names on the way to where links among the refs lead (MountedDisks.steps): about 80 ms. */
const MOST_STEPS = 20_000;
/** About 50 000 refs. */
const MOST_PACKED_BYTES = 4 * 1024 * 1024;
/** An object name, or the name of a ref. */
const MOST_LOOSE_BYTES = 8 * 1024;

const IN_GIT_DIR: Matters = (name) => /^(?:HEAD|packed-refs|refs|reftable|commondir)$/.test(name);
const IN_REFTABLE: Matters = (name) => name === 'tables.list';
/** A lock changes nothing, and no ref can have such a name (git-check-ref-format(1)). */
const IN_REFS: Matters = (name) => !name.endsWith('.lock');

/** What leads elsewhere as a whole (contrib/workdir of git). */
const LINKABLE = ['refs', 'packed-refs', 'reftable'];

/** Sees to it that a directory is watched; false: it is gone. */
export type Enter = (directory: string, matters: Matters) => boolean;

/**
 * Calls `enter` for each directory before it is read. Files that are as they were in `before` are not read again.
 * Throws what `enter` throws, cannot-watch for a directory whose name is no text, for too many, and for too many links, not-there where git
 * would meet what is no file, and deaf-file-system for a link that leads to such a one, before anything there is touched.
 */
export function readRefs(
  { gitDir, commonDir, elsewhere }: RepositoryLayout,
  before: RefsOnDisk | undefined,
  enter: Enter,
  disks: MountedDisks,
): RefsOnDisk {
  const packedIn = elsewhere ?? commonDir;
  const packedFile = disks.placeOf(path.join(packedIn, 'packed-refs'));
  const roots = [...new Set([commonDir, gitDir, packedIn])];
  for (const root of roots) enter(root, IN_GIT_DIR);
  // A link, as contrib/workdir of git makes it.
  const [packedFolder, packedName] = [path.dirname(packedFile), path.basename(packedFile)];
  if (packedFolder !== packedIn) enter(packedFolder, (name) => name === packedName);
  const loose = new Map<string, RefFile>();
  const walk: Walk = {
    ...{ enter, disks, mostSteps: disks.steps() + MOST_STEPS, before: before?.loose, loose },
    ...{ linked: new Set<string>(), entries: 0, comparable: true },
  };
  for (const root of roots) walkRefs(walk, disks.placeOf(path.join(root, 'refs')), 'refs');
  const isLink = (root: string, name: string): boolean =>
    disks.placeOf(path.join(root, name)) !== path.join(disks.placeOf(root), name);
  const head = readIfChanged(disks.placeOf(path.join(elsewhere ?? gitDir, 'HEAD')), before?.head, MOST_LOOSE_BYTES);
  const packed = readIfChanged(packedFile, before?.packed, MOST_PACKED_BYTES);
  const tables = roots.map((root) => readTables(path.join(root, 'reftable'), enter, disks));
  const isUnread = packed === UNREAD || [head, ...tables, ...loose.values()].some((f) => f === UNREAD || f?.isTooBig);
  return {
    head,
    loose,
    packed,
    tables: tables.map((file) => file?.text ?? '').join('\n\n'),
    comparable: walk.comparable && !isUnread && !packed?.text.includes('\uFFFD'),
    isLinked: walk.linked.size > 0 || roots.some((root) => LINKABLE.some((name) => isLink(root, name))),
  };
}

interface Walk {
  readonly enter: Enter;
  readonly disks: MountedDisks;
  readonly mostSteps: number;
  readonly before: ReadonlyMap<string, RefFile> | undefined;
  readonly loose: Map<string, RefFile>;
  /** The directories that links have led to: each is walked once, or a link to one above would never end. */
  readonly linked: Set<string>;
  entries: number;
  comparable: boolean;
}

/** The directory is on a disk that may be touched; no link leads to it. */
function walkRefs(walk: Walk, directory: string, name: string): void {
  walk.disks.refuseDeaf(directory);
  if (!walk.enter(directory, IN_REFS)) return;
  const entries = entriesOf(directory, MOST_ENTRIES - walk.entries);
  if (!entries) walk.comparable = false;
  walk.entries += entries?.length ?? 0;
  for (const entry of entries ?? []) {
    if (entry.name.startsWith('.') || entry.name.endsWith('.lock')) continue;
    const file = path.join(directory, entry.name);
    const place = entry.isSymbolicLink() ? follow(walk, file) : file;
    const below = directoryBehind(walk, entry, place);
    if (below === undefined) takeRef(walk, { file, place }, `${name}/${entry.name}`, entry);
    else if (below.includes('\uFFFD')) throw cannotWatch(below, 'has a name that is not UTF-8');
    else walkRefs(walk, below, `${name}/${entry.name}`);
  }
}

/** Throws cannot-watch where that was done for too long: whoever owns the links may have made them for it. */
function follow({ disks, mostSteps }: Walk, link: string): string {
  const place = disks.placeOf(link);
  if (disks.steps() > mostSteps) throw cannotWatch(link, 'is one of too many links among the refs');
  return place;
}

/** Where to go on, if this is a directory or a link to one. */
function directoryBehind(walk: Walk, entry: fs.Dirent, place: string): string | undefined {
  if (!entry.isSymbolicLink()) return entry.isDirectory() ? place : undefined;
  if (!isDirectory(place, walk.disks)) return undefined;
  if (walk.linked.has(place)) {
    // What its refs are by these names is not looked at.
    walk.comparable = false;
    return undefined;
  }
  walk.linked.add(place);
  return place;
}

/** `file` leads to `place`. */
function takeRef(
  walk: Walk,
  { file, place }: { readonly file: string; readonly place: string },
  name: string,
  entry: fs.Dirent,
): void {
  if (entry.isFIFO() || entry.isSocket() || entry.isCharacterDevice() || entry.isBlockDevice()) throw oddFile(file);
  if (walk.loose.size >= MOST_LOOSE || name.includes('\uFFFD')) walk.comparable = false;
  if (!walk.comparable) return;
  const read = readIfChanged(place, walk.before?.get(name), MOST_LOOSE_BYTES, file);
  if (read) walk.loose.set(name, read);
}

function readTables(directory: string, enter: Enter, disks: MountedDisks): RefFile | undefined {
  const place = disks.placeOf(directory);
  if (!enter(place, IN_REFTABLE)) return undefined;
  return readIfChanged(disks.placeOf(path.join(place, 'tables.list')), undefined, MOST_PACKED_BYTES);
}

/** A file that is there, but not for us. */
const UNREAD: RefFile = { stamp: '', text: '' };

/** Undefined if it is not there. Throws not-there for what is no file; `shown` is how a person knows it. */
function readIfChanged(
  file: string,
  before: RefFile | undefined,
  mostBytes: number,
  shown = file,
): RefFile | undefined {
  const read = readRegularFile(file, { mostBytes, ...(before && { unless: before.stamp }) });
  switch (read.kind) {
    case 'same':
      return before;
    case 'read':
      return { stamp: read.stamp, text: new TextDecoder().decode(read.bytes).trim() };
    case 'gone':
      return undefined;
    case 'odd':
      throw oddFile(shown);
    case 'too-big':
      return { stamp: read.stamp, text: '', isTooBig: true };
    case 'directory':
    case 'unreadable':
      return UNREAD;
    default:
      return read satisfies never;
  }
}

/** Undefined if it cannot be read; one that has vanished is empty, and its parent tells. Throws cannot-watch. */
function entriesOf(directory: string, most: number): readonly fs.Dirent[] | undefined {
  let opened: fs.Dir | undefined;
  try {
    opened = fs.opendirSync(directory, { bufferSize: 256 });
    const entries: fs.Dirent[] = [];
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      if (entries.length >= most)
        throw cannotWatch(directory, `is one of those that hold more than ${MOST_ENTRIES} refs`);
      entries.push(entry);
    }
    return entries;
  } catch (error) {
    if (error instanceof DaemonError) throw error;
    return meaningOf(errorCode(error)) === 'absent' ? [] : undefined;
  } finally {
    opened?.closeSync();
  }
}

const cannotWatch = (directory: string, why: string): DaemonError =>
  new DaemonError('cannot-watch', `${printable(directory)} ${why}`);
