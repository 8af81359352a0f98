// Owns: on which file systems changes go unheard, since other machines make them, and never touching one of those.
// Leaves: what is done then (local-watch.ts), and a disk that hangs though it is of this machine (look-aside.ts).
import fs from 'node:fs';
import path from 'node:path';
import { DaemonError } from '../../shared/failures.ts';
import { printable } from '../../shared/printable.ts';
import { meaningOf } from '../../shared/system/errno.ts';
import { errorCode } from '../../shared/system/error-code.ts';

/** inotify hears only what this kernel does (inotify(7)). */
const SHARED: ReadonlySet<string> = new Set(
  (
    'nfs nfs4 cifs smb3 smbfs ncpfs afs coda ceph lustre gpfs beegfs gfs gfs2 ocfs2 orangefs ' +
    '9p virtiofs vboxsf prl_fs fakeowner'
  ).split(' '),
);
/** `fuse.sshfs` and the like; ntfs-3g and exfat on a disk here are called `fuseblk`, and heard. */
const FUSE = /^fuse(?:\.|$)/;
/** Served by a program of this machine, which may hang. */
const SERVED_HERE: ReadonlySet<string> = new Set(['fuseblk']);
/** What is there is mounted only when it is asked for, which may take its time. */
const AUTOMOUNT = 'autofs';
/** As many as Linux follows in one path. */
const MOST_LINKS = 40;
/** Of names on the way to one place, those of links with them; a path of any system has fewer. They take about 15 ms. */
const MOST_STEPS = 4_096;

export interface Mount {
  readonly point: string;
  readonly type: string;
}

/** Where a path leads. `unasked`: there is nothing mounted yet, and asking may take long. */
export type Found = { readonly kind: 'there'; readonly place: string } | { readonly kind: 'gone' | 'unasked' };

export interface MountedDisks {
  /**
   * Follows the links of an absolute path, as realpath(3). Throws deaf-file-system before it would touch one where a
   * watch hears nothing: a server that is away, or a program that hangs, would keep this thread for ever. Throws
   * cannot-watch for a way that is too long.
   */
  readonly find: (place: string) => Found;
  /** The same where it is there; else the path itself, of which the system then tells what is wrong. */
  readonly placeOf: (place: string) => string;
  /** Throws deaf-file-system for what is on such a one; the path has no links. */
  readonly refuseDeaf: (place: string) => void;
  readonly isServedHere: (place: string) => boolean;
  /** How many names were looked at so far to find places. */
  readonly steps: () => number;
}

/** As they are mounted now. */
export const disksNow = (): MountedDisks => disksOf(mountsNow());

export function disksOf(mounts: readonly Mount[]): MountedDisks {
  // Mostly there is none of a kind, and then no path needs to be held against a long table.
  const hasDeaf = mounts.some(({ type }) => isDeaf(type));
  const hasAutomount = mounts.some(({ type }) => type === AUTOMOUNT);
  const refuseDeaf = (place: string): void => {
    const type = hasDeaf ? fileSystemOf(place, mounts) : undefined;
    if (type === undefined || !isDeaf(type)) return;
    throw new DaemonError('deaf-file-system', `${printable(place)} is on ${printable(type)}, where changes go unheard`);
  };
  let steps = 0;
  const find = (place: string): Found => {
    const left = place.split('/').reverse();
    const most = steps + MOST_STEPS;
    let at = '/';
    let links = 0;
    for (let name = left.pop(); name !== undefined; name = left.pop()) {
      steps += 1;
      if (steps > most) throw new DaemonError('cannot-watch', `the links of ${printable(place)} lead too far`);
      const next = path.join(at, name);
      refuseDeaf(next);
      if (hasAutomount && fileSystemOf(next, mounts) === AUTOMOUNT) return { kind: 'unasked' };
      const target = linkTarget(next);
      if (target === 'gone' || links > MOST_LINKS) return { kind: 'gone' };
      if (target.link === undefined) at = next;
      else {
        links += 1;
        left.push(...target.link.split('/').reverse());
        if (target.link.startsWith('/')) at = '/';
      }
    }
    return { kind: 'there', place: at };
  };
  const placeOf = (place: string): string => {
    const found = find(place);
    return found.kind === 'there' ? found.place : place;
  };
  const isServedHere = (place: string): boolean => SERVED_HERE.has(fileSystemOf(place, mounts) ?? '');
  return { find, placeOf, refuseDeaf, isServedHere, steps: () => steps };
}

/** Whether a path leads to a directory; false also for one that cannot be seen. Throws as `find` does. */
export function isDirectory(place: string, disks: MountedDisks): boolean {
  const found = disks.find(place);
  try {
    return found.kind === 'there' && fs.statSync(found.place).isDirectory();
  } catch {
    // It is none that git could use.
    return false;
  }
}

const isDeaf = (type: string): boolean => SHARED.has(type) || FUSE.test(type);

/** The type of the file system an absolute path is on; undefined: not told. */
export function fileSystemOf(place: string, mounts: readonly Mount[]): string | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    const { point } = mount;
    const isBelow = place === point || place.startsWith(point.endsWith('/') ? point : `${point}/`);
    // Of several mounts on one place the last one is seen.
    if (isBelow && point.length >= (best?.point.length ?? 0)) best = mount;
  }
  return best?.type;
}

/** Reads a table as proc(5) describes it. */
export function parseMounts(mountInfo: string): Mount[] {
  return mountInfo.split('\n').flatMap((line) => {
    const [, escaped, type] = /^(?:\S+ ){4}(\S+) .*? - (\S+)/.exec(line) ?? [];
    if (escaped === undefined || type === undefined) return [];
    const point = escaped.replace(/\\([0-7]{3})/g, (_all, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    return [{ point, type }];
  });
}

let last: { readonly text: string; readonly mounts: readonly Mount[] } = { text: '', mounts: [] };

function mountsNow(): readonly Mount[] {
  const text = mountTable();
  if (text !== last.text) last = { text, mounts: parseMounts(text) };
  return last.mounts;
}

/** Empty where the system has none, as macOS. */
function mountTable(): string {
  try {
    return fs.readFileSync('/proc/self/mountinfo', 'utf8');
  } catch {
    // Nothing is known then, and nothing refused.
    return '';
  }
}

function linkTarget(file: string): { readonly link: string | undefined } | 'gone' {
  try {
    return { link: fs.lstatSync(file).isSymbolicLink() ? fs.readlinkSync(file) : undefined };
  } catch (error) {
    // Of what may not be looked at whoever wants it is told by the system.
    return meaningOf(errorCode(error)) === 'absent' ? 'gone' : { link: undefined };
  }
}
