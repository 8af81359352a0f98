// Owns: finding a local repository as `git upload-pack` would (git, path.c, enter_repo), and where it keeps its refs.
// Leaves: reading the refs (refs-on-disk.ts), and whether they can be watched there (file-systems.ts).
import type { Stats } from 'node:fs';
import { access, constants, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { errorCode } from '../../shared/system/error-code.ts';

export interface RepositoryLayout {
  /** Holds HEAD, and the refs that are this work tree's own. */
  readonly gitDir: string;
  /** Holds all other refs; the same directory, but for a linked worktree. */
  readonly commonDir: string;
  /** Tells the directories from others that have come in their place. */
  readonly identity: string;
}

/** In git's order. */
const SUFFIXES = ['/.git', '', '.git/.git', '.git'];
/** A bundle may be a file of any size; git itself reads no `.git` file over a megabyte. */
const GITFILE_BYTES = 64 * 1024;

/** The path of a URL made absolute: git lets upload-pack expand a `~`. Throws cannot-watch for `~user`. */
export function absolutePath(written: string, directory: string, home: string | undefined): string {
  if (!written.startsWith('~')) return path.resolve(directory, written);
  const below = /^~(?:\/(.*))?$/s.exec(written);
  if (!below || !home) throw new DaemonError('cannot-watch', `only git knows what ${printable(written)} means`);
  return path.join(home, below[1] ?? '');
}

/** Throws not-there where there is no repository, cannot-watch for what is none but can be fetched from. */
export async function findRepository(place: string): Promise<RepositoryLayout> {
  for (const suffix of SUFFIXES) {
    const candidate = place === '/' ? suffix || place : place + suffix;
    const found = await statOf(candidate);
    if (found?.isFile()) return layoutOf(await readGitFile(candidate, found.size));
    if (found?.isDirectory() && (await isGitDirectory(candidate))) return layoutOf(candidate);
  }
  const there = (await statOf(place)) !== undefined;
  throw new DaemonError(
    'not-there',
    there ? `there is no git repository in ${printable(place)}` : `${printable(place)} is not there`,
  );
}

async function layoutOf(gitDir: string): Promise<RepositoryLayout> {
  const commonDir = await commonDirectoryOf(gitDir);
  const found = await Promise.all([statOf(gitDir), statOf(commonDir)]);
  if (!(await isGitDirectory(gitDir))) {
    throw new DaemonError('not-there', `there is no git repository in ${printable(gitDir)}`);
  }
  const identity = found.map((each) => `${gitDir} ${each?.dev}:${each?.ino}:${each?.uid}`).join(' ');
  return { gitDir, commonDir, identity };
}

/** `gitdir: <path>` of submodules and linked worktrees (gitrepository-layout(5)). */
async function readGitFile(file: string, size: number): Promise<string> {
  const text = size > GITFILE_BYTES ? undefined : await textOf(file);
  const target = /^gitdir: (.+?)[\r\n]*$/s.exec(text ?? '')?.[1];
  if (target === undefined) throw new DaemonError('cannot-watch', `${printable(file)} is a file, not a repository`);
  return path.resolve(path.dirname(file), target);
}

async function commonDirectoryOf(gitDir: string): Promise<string> {
  const named = (await textOf(path.join(gitDir, 'commondir')))?.replace(/[\r\n]+$/, '');
  return named ? path.resolve(gitDir, named) : gitDir;
}

/** As git's setup.c, is_git_directory. */
async function isGitDirectory(directory: string): Promise<boolean> {
  const common = await commonDirectoryOf(directory);
  const checks = [
    isHead(path.join(directory, 'HEAD')),
    maySearch(path.join(common, 'objects')),
    maySearch(path.join(common, 'refs')),
  ];
  return (await Promise.all(checks)).every(Boolean);
}

async function isHead(file: string): Promise<boolean> {
  // Very old repositories have a link, whose target need not be there yet.
  const target = await readlink(file).catch(() => undefined);
  if (target?.startsWith('refs/')) return true;
  return /^(?:ref:\s*refs\/|[0-9a-f]{40})/.test((await textOf(file)) ?? '');
}

const maySearch = (directory: string): Promise<boolean> =>
  access(directory, constants.X_OK).then(
    () => true,
    () => false,
  );

const textOf = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);

/** Undefined for what is not there, or not to be had from a disk that is gone (EIO). Throws cannot-watch. */
async function statOf(place: string): Promise<Stats | undefined> {
  try {
    return await stat(place);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EACCES' && code !== 'EPERM') return undefined;
    throw new DaemonError('cannot-watch', `${printable(place)} may not be looked at: permission denied`);
  }
}
