// Owns: ref locks that a git which was ended has left: found, and removed where it is certain that nobody holds them.
// Leaves: ending git (operation.ts), and when to look (repository-git.ts).
import type { Dirent } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';

/**
 * git removes its locks when it is told to end, but for one that it is just making: it notes a file only once open(2) has
 * returned (tempfile.c). Seen in most fetches of many refs that are ended while they write them; the ref can then be moved
 * by nobody, until somebody removes the file. It is empty, as git writes to a lock last.
 */
const isLock = (entry: Dirent): boolean => entry.isFile() && entry.name.endsWith('.lock');

/**
 * Removes empty locks below `refs` that were made since `sinceMs` (of Date.now()), if no git of this user is at work in
 * the repository and no process has them open. Gives their paths. Elsewhere than on Linux nobody can tell: none are
 * removed. Never rejects.
 */
export async function removeLeftLocks(refs: string, sinceMs: number): Promise<string[]> {
  try {
    const found = await emptyLocks(refs, sinceMs);
    const removed: string[] = [];
    if (found.length === 0 || (await isInUse(path.dirname(refs), found))) return removed;
    for (const file of found) {
      await fs.unlink(file);
      removed.push(file);
    }
    return removed;
  } catch {
    // There are no loose refs, or somebody was faster.
    return [];
  }
}

async function emptyLocks(refs: string, sinceMs: number): Promise<string[]> {
  const entries = await fs.readdir(refs, { recursive: true, withFileTypes: true });
  const files = entries.filter(isLock).map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  const stats = await Promise.all(files.map((file) => fs.stat(file)));
  return files.filter((_file, index) => stats[index]?.size === 0 && stats[index].ctimeMs >= sinceMs);
}

/** Whether a git may still be about to use them; true also where that cannot be seen. */
async function isInUse(gitDirectory: string, files: readonly string[]): Promise<boolean> {
  // A bare repository is worked in directly, any other from the directory that holds `.git`.
  const place = path.basename(gitDirectory) === '.git' ? path.dirname(gitDirectory) : gitDirectory;
  const pids = (await fs.readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (pids.length === 0) return true;
  const uses = await Promise.all(pids.map((pid) => usesThem(`/proc/${pid}`, place, files)));
  return uses.includes(true);
}

async function usesThem(proc: string, place: string, files: readonly string[]): Promise<boolean> {
  try {
    // Of another user, who can hold no file of ours.
    if ((await fs.stat(proc)).uid !== process.getuid?.()) return false;
    const name = await fs.readFile(`${proc}/comm`, 'utf8');
    const directory = await fs.readlink(`${proc}/cwd`);
    if (name.startsWith('git') && isWithin(directory, place)) return true;
    const descriptors = await fs.readdir(`${proc}/fd`);
    const open = await Promise.all(descriptors.map((fd) => fs.readlink(`${proc}/fd/${fd}`).catch(() => '')));
    return open.some((file) => files.includes(file));
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

const isWithin = (directory: string, place: string): boolean =>
  directory === place || directory.startsWith(`${place}${path.sep}`);
