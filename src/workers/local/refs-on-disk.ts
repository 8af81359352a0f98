// Owns: the state of a repository's refs as its files show it, in both of git's formats, without running git.
// Leaves: what a difference means (ref-changes.ts). It is read synchronously, and so kept small.
import fs from 'node:fs';
import path from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import type { Matters } from '../../shared/system/directory-watches.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import type { RepositoryLayout } from './repository-layout.ts';

export interface RefFile {
  /** Another one says that the file was written, though it may hold the same. */
  readonly stamp: string;
  /** Without the white space around it. */
  readonly text: string;
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
}

/** Reading so many takes about 20 ms. */
const MOST_LOOSE = 2_000;
/** About 50 000 refs. */
const MOST_PACKED_BYTES = 4 * 1024 * 1024;
/** An object name, or the name of a ref. */
const MOST_LOOSE_BYTES = 8 * 1024;

const IN_GIT_DIR: Matters = (name) => /^(?:HEAD|packed-refs|refs|reftable|commondir)$/.test(name);
const IN_REFTABLE: Matters = (name) => name === 'tables.list';
/** A lock changes nothing, and no ref can have such a name (git-check-ref-format(1)). */
const IN_REFS: Matters = (name) => !name.endsWith('.lock');

/** Sees to it that a directory is watched; false: it is gone. */
export type Enter = (directory: string, matters: Matters) => boolean;

/**
 * Calls `enter` for each directory before it is read. Files that are as they were in `before` are not read again.
 * Throws what `enter` throws, and cannot-watch for a directory whose name is no text.
 */
export function readRefs(
  { gitDir, commonDir }: RepositoryLayout,
  before: RefsOnDisk | undefined,
  enter: Enter,
): RefsOnDisk {
  const packedFile = realPath(path.join(commonDir, 'packed-refs'));
  const roots = [...new Set([commonDir, gitDir])];
  for (const root of roots) enter(root, IN_GIT_DIR);
  // A link, as contrib/workdir of git makes it.
  if (path.dirname(packedFile) !== commonDir)
    enter(path.dirname(packedFile), (name) => name === path.basename(packedFile));
  const loose = new Map<string, RefFile>();
  const walk: Walk = { enter, before: before?.loose, loose, comparable: true };
  for (const root of roots) walkRefs(walk, path.join(root, 'refs'), 'refs');
  const head = readIfChanged(path.join(gitDir, 'HEAD'), before?.head, MOST_LOOSE_BYTES);
  const packed = readIfChanged(packedFile, before?.packed, MOST_PACKED_BYTES);
  const tables = roots.map((root) => readTables(path.join(root, 'reftable'), enter));
  const unread = [head, packed, ...tables, ...loose.values()].includes(UNREAD);
  return {
    head,
    loose,
    packed,
    tables: tables.map((file) => file?.text ?? '').join('\n\n'),
    comparable: walk.comparable && !unread && !packed?.text.includes('\uFFFD'),
  };
}

interface Walk {
  readonly enter: Enter;
  readonly before: ReadonlyMap<string, RefFile> | undefined;
  readonly loose: Map<string, RefFile>;
  comparable: boolean;
}

function walkRefs(walk: Walk, directory: string, name: string): void {
  if (!walk.enter(directory, IN_REFS)) return;
  const entries = entriesOf(directory);
  if (!entries) walk.comparable = false;
  for (const entry of entries ?? []) {
    if (entry.name.startsWith('.') || entry.name.endsWith('.lock')) continue;
    const file = path.join(directory, entry.name);
    if (isDirectory(entry, file)) {
      if (file.includes('\uFFFD'))
        throw new DaemonError('cannot-watch', `${printable(file)} has a name that is not UTF-8`);
      walkRefs(walk, file, `${name}/${entry.name}`);
    } else takeRef(walk, file, `${name}/${entry.name}`);
  }
}

function takeRef(walk: Walk, file: string, name: string): void {
  if (walk.loose.size >= MOST_LOOSE || name.includes('\uFFFD')) walk.comparable = false;
  if (!walk.comparable) return;
  const read = readIfChanged(file, walk.before?.get(name), MOST_LOOSE_BYTES);
  if (read) walk.loose.set(name, read);
}

function readTables(directory: string, enter: Enter): RefFile | undefined {
  if (!enter(directory, IN_REFTABLE)) return undefined;
  return readIfChanged(path.join(directory, 'tables.list'), undefined, MOST_PACKED_BYTES);
}

/** A file that is there, but too big or not for us. */
const UNREAD: RefFile = { stamp: '', text: '' };

/** Undefined if it is not there. */
function readIfChanged(file: string, before: RefFile | undefined, mostBytes: number): RefFile | undefined {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = fs.statSync(file, { bigint: true });
    const stamp = [dev, ino, size, mtimeNs, ctimeNs].join(':');
    if (before?.stamp === stamp) return before;
    return size > mostBytes ? UNREAD : { stamp, text: fs.readFileSync(file, 'utf8').trim() };
  } catch (error) {
    return isGone(error) ? undefined : UNREAD;
  }
}

/** Undefined if it cannot be read; one that has vanished is empty, and its parent tells. */
function entriesOf(directory: string): readonly fs.Dirent[] | undefined {
  try {
    return fs.readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    return isGone(error) ? [] : undefined;
  }
}

function isDirectory(entry: fs.Dirent, file: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    return fs.statSync(file).isDirectory();
  } catch {
    // It leads nowhere.
    return false;
  }
}

const isGone = (error: unknown): boolean => ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(errorCode(error) ?? '');

function realPath(file: string): string {
  try {
    return fs.realpathSync(file);
  } catch {
    return file;
  }
}
