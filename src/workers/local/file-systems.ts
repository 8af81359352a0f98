// Owns: on which file systems changes go unheard, since other machines make them, and which one a path is on.
// Leaves: what is done then (local-watch.ts).
import { readFile, realpath } from 'node:fs/promises';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';

/** inotify hears only what this kernel does (inotify(7)). */
const SHARED: ReadonlySet<string> = new Set(
  (
    'nfs nfs4 cifs smb3 smbfs ncpfs afs coda ceph lustre gpfs beegfs gfs gfs2 ocfs2 orangefs ' +
    '9p virtiofs vboxsf prl_fs fakeowner'
  ).split(' '),
);
/** `fuse.sshfs` and the like; ntfs-3g and exfat on a disk here are called `fuseblk`, and heard. */
const FUSE = /^fuse(?:\.|$)/;

/**
 * Throws deaf-file-system where a watch would hear nothing. A mount that hangs is told by its name alone, and never
 * touched unless a link leads there.
 */
export async function refuseDeafFileSystem(place: string): Promise<void> {
  const deaf = (where: string, type: string | undefined): void => {
    if (type === undefined || !(SHARED.has(type) || FUSE.test(type))) return;
    throw new DaemonError('deaf-file-system', `${printable(where)} is on ${printable(type)}, where changes go unheard`);
  };
  deaf(place, fileSystemOf(place, await mountTable()));
  const real = await realpath(place).catch(() => undefined);
  // Read again: looking may have made an automounter mount it.
  if (real !== undefined) deaf(real, fileSystemOf(real, await mountTable()));
}

/** The type of the file system an absolute path is on, by a table as proc(5) describes it; undefined: not told. */
export function fileSystemOf(place: string, mountInfo: string): string | undefined {
  let best = { length: -1, type: '' };
  for (const line of mountInfo.split('\n')) {
    const [, escaped, type] = /^(?:\S+ ){4}(\S+) .*? - (\S+)/.exec(line) ?? [];
    if (escaped === undefined || type === undefined) continue;
    const point = escaped.replace(/\\([0-7]{3})/g, (_all, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    const isBelow = place === point || place.startsWith(point.endsWith('/') ? point : `${point}/`);
    // Of several mounts on one place the last one is seen.
    if (isBelow && point.length >= best.length) best = { length: point.length, type };
  }
  return best.length === -1 ? undefined : best.type;
}

/** Empty where the system has none, as macOS. */
const mountTable = (): Promise<string> => readFile('/proc/self/mountinfo', 'utf8').catch(() => '');
