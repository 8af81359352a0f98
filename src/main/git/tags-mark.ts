// Owns: a mark of the tags that are here, which is another once one of them was taken away.
// Leaves: what is concluded from that (main/supervisor/remote/tags-here.ts).
import { type BigIntStats, existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '../../shared/system/error-code.ts';

/** undefined: nobody can tell. Takes some 50 µs. */
export type TagsMark = () => string | undefined;

/**
 * What was changed less than so long ago may be changed again without its time stamp showing it: most file systems have
 * the time of the kernel's last tick, of at most 10 ms; others (ext3, FAT) whole seconds, or two.
 */
const SETTLED_MS = { fine: 100, coarse: 2_000 };
/** Of folders that are read, each with no more than so many bytes of names. */
const MOST_FOLDERS = 32;
const MOST_FOLDER_BYTES = 64 * 1024;

/** A tag that is added changes it as well, as does any change of packed refs. */
export function createTagsMark(commonDir: string, nowMs: () => number = Date.now): TagsMark {
  const look = (): string | undefined => {
    // There any ref that moves would change it.
    if (existsSync(path.join(commonDir, 'reftable'))) return undefined;
    const folders = foldersBelow(path.join(commonDir, 'refs/tags'));
    if (folders === undefined) return undefined;
    const all = [...folders, path.join(commonDir, 'packed-refs')].map((place) => statOf(place));
    if (all.some((stat) => stat && Number(stat.mtimeMs) > nowMs() - settledMs(stat))) return undefined;
    return all.map((stat) => (stat ? `${stat.ino} ${stat.mtimeNs} ${stat.size}` : '-')).join();
  };
  return () => {
    try {
      return look();
    } catch (error) {
      // A folder may go between two looks, or be nobody's to read.
      if (errorCode(error) === undefined) throw error;
      return undefined;
    }
  };
}

const settledMs = ({ mtimeNs }: BigIntStats): number =>
  mtimeNs % 1_000_000_000n === 0n ? SETTLED_MS.coarse : SETTLED_MS.fine;

/** The folder, and those in it; undefined: too many, or what a link leads to may change unseen. */
function foldersBelow(top: string): string[] | undefined {
  const found: string[] = [top];
  for (const folder of found) {
    const stat = statOf(folder);
    // Two links, where the file system counts them: none of its entries is a folder.
    if (stat === undefined || stat.nlink === 2n) continue;
    if (stat.size > MOST_FOLDER_BYTES) return undefined;
    const others = readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isFile());
    if (others.some((entry) => !entry.isDirectory())) return undefined;
    found.push(...others.map(({ name }) => path.join(folder, name)));
    if (found.length > MOST_FOLDERS) return undefined;
  }
  return found;
}

const statOf = (place: string): BigIntStats | undefined => statSync(place, { bigint: true, throwIfNoEntry: false });
