// Owns: finding a local repository as `git upload-pack` would (git, path.c, enter_repo), and where it keeps its refs.
// Leaves: reading the refs (refs-on-disk.ts), and which disks may be touched (file-systems.ts).
import fs, { type Stats } from 'node:fs';
import path from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { errorCode } from '../../shared/system/error-code.ts';
import { type FileRead, readRegularFile } from '../../shared/system/read-regular-file.ts';
import { throwIfItPasses } from '../../shared/system/unread.ts';
import type { MountedDisks } from './file-systems.ts';
import { refFormat } from './ref-format.ts';

export interface RepositoryLayout {
  /** Holds HEAD, and the refs that are this work tree's own. */
  readonly gitDir: string;
  /** Holds all other refs; the same directory, but for a linked worktree. */
  readonly commonDir: string;
  /** Tells the directories from others that have come in their place. */
  readonly identity: string;
  /** How the refs are kept, as ref-format.ts tells it. */
  readonly format: string;
  /** Holds the refs instead of the common directory. */
  readonly elsewhere?: string;
}

/** In git's order. */
const SUFFIXES = ['/.git', '', '.git/.git', '.git'];
/** A bundle may be a file of any size; git itself reads no `.git` file over a megabyte. */
const POINTER_BYTES = 64 * 1024;
/** Its beginning tells what it is. */
const HEAD_BYTES = 64 * 1024;

/** What git opens before it knows what it is: it would wait for a FIFO among them. Below a git directory. */
export const OPENED_BY_GIT = [
  'HEAD',
  'config',
  'config.worktree',
  'commondir',
  'packed-refs',
  'shallow',
  'info/grafts',
  'objects/info/alternates',
] as const;

/** The path of a URL made absolute: git lets upload-pack expand a `~`. Throws cannot-watch for `~user`. */
export function absolutePath(written: string, directory: string, home: string | undefined): string {
  if (!written.startsWith('~')) return path.resolve(directory, written);
  const below = /^~(?:\/(.*))?$/s.exec(written);
  if (!below || !home) throw new DaemonError('cannot-watch', `only git knows what ${printable(written)} means`);
  return path.join(home, below[1] ?? '');
}

/** Where a repository is, without how its refs are kept: what may be read before it is known whose it is. */
export type RepositoryPlace = Omit<RepositoryLayout, 'format' | 'elsewhere'>;

/** Whether nothing at all is where git would look for it (SUFFIXES). Throws as `find` does. */
export const isPlainlyAway = (place: string, disks: MountedDisks): boolean =>
  [place, `${place}.git`].every((each) => disks.find(each).kind === 'gone');

/** As `locateRepository`, and how its refs are kept. */
export function findRepository(place: string, disks: MountedDisks): RepositoryLayout {
  const found = locateRepository(place, disks);
  return { ...found, ...refFormat(found.commonDir, disks) };
}

/**
 * Throws not-there where there is no repository, or one on which git would hang, cannot-watch for what is none but can
 * be fetched from, not-now, and deaf-file-system. It reads at once, not in Node's pool: all remotes share its few threads.
 */
export function locateRepository(place: string, disks: MountedDisks): RepositoryPlace {
  for (const suffix of SUFFIXES) {
    const candidate = place === '/' ? suffix || place : place + suffix;
    const found = statOf(candidate, disks);
    if (found?.isFile()) return layoutOf(readGitFile(candidate), disks);
    if (found?.isDirectory() && isGitDirectory(candidate, disks)) return layoutOf(candidate, disks);
  }
  const there = statOf(place, disks) !== undefined;
  throw new DaemonError(
    'not-there',
    there ? `there is no git repository in ${printable(place)}` : `${printable(place)} is not there`,
  );
}

function layoutOf(gitDir: string, disks: MountedDisks): RepositoryPlace {
  const commonDir = commonDirectoryOf(gitDir, disks);
  const found = [statOf(gitDir, disks), statOf(commonDir, disks)];
  if (!isGitDirectory(gitDir, disks)) {
    throw new DaemonError('not-there', `there is no git repository in ${printable(gitDir)}`);
  }
  for (const directory of new Set([gitDir, commonDir])) refuseOddFiles(directory, disks);
  const identity = found.map((each) => `${gitDir} ${each?.dev}:${each?.ino}:${each?.uid}`).join(' ');
  return { gitDir, commonDir, identity };
}

/** `gitdir: <path>` of submodules and linked worktrees (gitrepository-layout(5)). The file is on a disk that answers. */
function readGitFile(file: string): string {
  const read = readRegularFile(file, { mostBytes: POINTER_BYTES });
  throwIfItPasses(file, read);
  const text = textIn(read) ?? '';
  const target = text.startsWith(GITDIR) ? withoutLineEnds(text.slice(GITDIR.length)) : '';
  if (target === '') throw new DaemonError('cannot-watch', `${printable(file)} is a file, not a repository`);
  return path.resolve(path.dirname(file), target);
}

const GITDIR = 'gitdir: ';

function commonDirectoryOf(gitDir: string, disks: MountedDisks): string {
  const named = withoutLineEnds(textOf(path.join(gitDir, 'commondir'), POINTER_BYTES, disks) ?? '');
  return named === '' ? gitDir : path.resolve(gitDir, named);
}

/** By hand: an expression would begin anew at each of many line ends that are not the last. */
function withoutLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n'.includes(text.charAt(end - 1))) end--;
  return text.slice(0, end);
}

/** As git's setup.c, is_git_directory. */
function isGitDirectory(directory: string, disks: MountedDisks): boolean {
  const common = commonDirectoryOf(directory, disks);
  const isHead = isHeadFile(path.join(directory, 'HEAD'), disks);
  return isHead && ['objects', 'refs'].every((name) => maySearch(path.join(common, name), disks));
}

function isHeadFile(file: string, disks: MountedDisks): boolean {
  // Very old repositories have a link, whose target need not be there yet.
  if (linkIn(file, disks)?.startsWith('refs/')) return true;
  return /^(?:ref:\s*refs\/|[0-9a-f]{40})/.test(textOf(file, HEAD_BYTES, disks) ?? '');
}

function linkIn(file: string, disks: MountedDisks): string | undefined {
  if (disks.find(path.dirname(file)).kind !== 'there') return undefined;
  try {
    return fs.readlinkSync(file);
  } catch {
    // It is none, as nearly always.
    return undefined;
  }
}

function maySearch(directory: string, disks: MountedDisks): boolean {
  const found = disks.find(directory);
  try {
    if (found.kind === 'there') fs.accessSync(found.place, fs.constants.X_OK);
    return found.kind === 'there';
  } catch {
    // Nor may git.
    return false;
  }
}

function refuseOddFiles(gitDir: string, disks: MountedDisks): void {
  for (const name of OPENED_BY_GIT) {
    const found = statOf(path.join(gitDir, name), disks);
    if (found && !found.isFile() && !found.isDirectory()) throw oddFile(path.join(gitDir, name));
  }
}

/** What is no file where git looks for one. */
export const oddFile = (file: string): DaemonError =>
  new DaemonError('not-there', `${printable(file)} is no file, and git would wait for it`);

function textOf(file: string, mostBytes: number, disks: MountedDisks): string | undefined {
  const found = disks.find(file);
  if (found.kind !== 'there') return undefined;
  const read = readRegularFile(found.place, { mostBytes });
  if (read.kind === 'odd') throw oddFile(file);
  return textIn(read);
}

const textIn = (read: FileRead): string | undefined =>
  read.kind === 'read' ? new TextDecoder().decode(read.bytes) : undefined;

/** Undefined for what is not there, or not to be had from a disk that is gone (EIO). Throws cannot-watch. */
function statOf(place: string, disks: MountedDisks): Stats | undefined {
  const found = disks.find(place);
  if (found.kind !== 'there') return undefined;
  try {
    return fs.statSync(found.place);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EACCES' && code !== 'EPERM') return undefined;
    throw new DaemonError('cannot-watch', `${printable(place)} may not be looked at: permission denied`);
  }
}
