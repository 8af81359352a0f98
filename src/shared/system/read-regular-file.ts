// Owns: reading a file that somebody else may have put there: a regular file only, never waited for, to a bound.
// Leaves: which files, how much of them, and what it means that one cannot be read (whoever reads).
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import { gatherBytes } from '../gathered-bytes.ts';
import { meaningOf } from './errno.ts';
import { errorCode } from './error-code.ts';

export type FileRead =
  | { readonly kind: 'read'; readonly bytes: Uint8Array; readonly stamp: string }
  /** It is as it was when `unless` was its stamp. */
  | { readonly kind: 'same' }
  | { readonly kind: 'too-big'; readonly stamp: string }
  | { readonly kind: 'gone' | 'directory' }
  /** A FIFO, a socket or a device, as `what` says with its article. */
  | { readonly kind: 'odd'; readonly what: string }
  /** It may be there; `code` is that of the system, such as EACCES. */
  | { readonly kind: 'unreadable'; readonly code: string };

export interface ReadOptions {
  readonly mostBytes: number;
  /** False: a symbolic link is none to be read (ELOOP, so `gone`). */
  readonly follow?: boolean;
  /** The stamp of an earlier reading. */
  readonly unless?: string;
}

type Stats = Pick<fs.BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs' | 'ctimeNs'> &
  Pick<fs.StatsBase<bigint>, 'isFile' | 'isDirectory' | 'isFIFO' | 'isSocket'>;

/** A FIFO without a writer, and a file that another account holds a lease on (fcntl(2)), would be waited for without it. */
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW, O_NOCTTY } = fs.constants;
const PIECE_BYTES = 64 * 1024;

/** It is looked at before it is opened, too: a device may do something when it is. */
export function readRegularFile(file: string, options: ReadOptions): FileRead {
  try {
    const { follow = true } = options;
    const seen = follow ? fs.statSync(file, { bigint: true }) : fs.lstatSync(file, { bigint: true });
    return judge(seen, options) ?? readOpened(fs.openSync(file, flagsFor(follow)), options);
  } catch (error) {
    return failed(error);
  }
}

/** The same by Node's pool of threads: only where the disk is the user's own, as one that hangs keeps a thread of it. */
export async function readRegularFileInPool(file: string, options: ReadOptions): Promise<FileRead> {
  try {
    const { follow = true } = options;
    const { stat, lstat } = fs.promises;
    const refused = judge(await (follow ? stat : lstat)(file, { bigint: true }), options);
    if (refused) return refused;
    const handle = await open(file, flagsFor(follow));
    try {
      const found = await handle.stat({ bigint: true });
      const gathering = createGathering(found, options);
      let taken = judge(found, options);
      while (taken === undefined) taken = gathering.take((await handle.read(gathering.piece)).bytesRead);
      return taken;
    } finally {
      await handle.close();
    }
  } catch (error) {
    return failed(error);
  }
}

/** What of a file is there now; the same for as long as nobody writes it. */
export const stampOf = ({ dev, ino, size, mtimeNs, ctimeNs }: Stats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(':');

const flagsFor = (follow: boolean): number => O_RDONLY | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);

/** Undefined: it may be read. */
function judge(found: Stats, { mostBytes, unless }: ReadOptions): FileRead | undefined {
  if (found.isDirectory()) return { kind: 'directory' };
  if (!found.isFile()) return { kind: 'odd', what: kindOf(found) };
  if (found.size > mostBytes) return { kind: 'too-big', stamp: stampOf(found) };
  return stampOf(found) === unless ? { kind: 'same' } : undefined;
}

function kindOf(found: Stats): string {
  if (found.isFIFO()) return 'a FIFO';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** Closes the descriptor. */
function readOpened(descriptor: number, options: ReadOptions): FileRead {
  try {
    const found = fs.fstatSync(descriptor, { bigint: true });
    const gathering = createGathering(found, options);
    let taken = judge(found, options);
    while (taken === undefined) taken = gathering.take(fs.readSync(descriptor, gathering.piece));
    return taken;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Whatever its size was said to be: one in /proc says 0, and another grows while it is read. */
function createGathering(found: Stats, { mostBytes }: ReadOptions) {
  const piece = Buffer.allocUnsafe(Math.min(Number(found.size) + 1, PIECE_BYTES));
  const all = gatherBytes();
  return {
    piece,
    take: (bytes: number): FileRead | undefined => {
      all.add(piece.subarray(0, bytes));
      if (all.length() > mostBytes) return { kind: 'too-big', stamp: stampOf(found) };
      return bytes === 0 ? { kind: 'read', bytes: all.view(), stamp: stampOf(found) } : undefined;
    },
  };
}

function failed(error: unknown): FileRead {
  const code = errorCode(error);
  if (code === undefined) throw error;
  return meaningOf(code) === 'absent' ? { kind: 'gone' } : { kind: 'unreadable', code };
}
