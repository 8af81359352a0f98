// Owns: ref locks that a git which was ended has left: found, and removed where nobody can be seen to hold them.
// Leaves: ending git (operation.ts), and when to look (repository-git.ts).
import fs from 'node:fs/promises';
import path from 'node:path';

/**
 * Removes empty locks below `refs` that were made since `sinceMs` (of Date.now()), if no git of this user is at work in
 * the repository and no process has them open. Gives their paths. Elsewhere than on Linux nobody can tell: none are
 * removed. Never rejects.
 *
 * git removes its locks when it is told to end, but for one that it is just making: it notes a file only once open(2) has
 * returned (tempfile.c). The ref can then be moved by nobody, until somebody removes the file. What is in such a lock
 * git writes later, so it is empty.
 */
export async function removeLeftLocks(refs: string, sinceMs: number): Promise<string[]> {
  const found = await emptyLocks(refs, sinceMs);
  if (
    found.length === 0 ||
    (await isInUse(
      path.dirname(refs),
      found.map(({ file }) => file),
    ))
  )
    return [];
  const removed = await Promise.all(found.map(removeIfSame));
  return removed.flat();
}

interface FoundLock {
  readonly file: string;
  readonly inode: number;
}

async function emptyLocks(refs: string, sinceMs: number): Promise<FoundLock[]> {
  // There are none in other formats of refs.
  const entries = await fs.readdir(refs, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.lock'))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  const locks = await Promise.all(files.map((file) => emptyLock(file, sinceMs)));
  return locks.flat();
}

/** None, or one. */
async function emptyLock(file: string, sinceMs: number): Promise<FoundLock[]> {
  // One that is gone by now was its owner's to remove.
  const found = await fs.stat(file).catch(() => undefined);
  return found?.size === 0 && found.ctimeMs >= sinceMs ? [{ file, inode: found.ino }] : [];
}

/** The path if it was removed: by now another git may have made one of the same name. */
async function removeIfSame({ file, inode }: FoundLock): Promise<string[]> {
  const [now] = await emptyLock(file, 0);
  if (now?.inode !== inode) return [];
  return fs.unlink(file).then(
    () => [file],
    () => [],
  );
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
    if (GIT.test(name) && isWithin(directory, place)) return true;
    const descriptors = await fs.readdir(`${proc}/fd`);
    const open = await Promise.all(descriptors.map((fd) => fs.readlink(`${proc}/fd/${fd}`).catch(() => '')));
    return open.some((file) => files.includes(file));
  } catch {
    // It has ended meanwhile.
    return false;
  }
}

/** Of a name the kernel keeps 15 characters; a daemon, this one or another, is none. */
const GIT = /^git(?!-remote-daem)/;

const isWithin = (directory: string, place: string): boolean =>
  directory === place || directory.startsWith(`${place}${path.sep}`);
