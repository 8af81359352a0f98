// Owns: whether a ref here was made by a fetch of ours since some moment, and by nobody moved after that, told from its files.
// Leaves: what follows from it (gone-remotes.ts, shared/refs/ghosts.ts).
import fs from 'node:fs';
import path from 'node:path';
import type { RefName } from '../../shared/remote.ts';
import { readRegularFile } from '../../shared/system/read-regular-file.ts';

export interface Candidate {
  readonly ref: RefName;
  readonly isSymbolic: boolean;
}

/** Its file is as old as the kernel's clock says, which ticks some 4 ms apart. */
const TICK_MS = 20;
const LOG_BYTES = 64 * 1024;
const PACKED_BYTES = 16 * 1024 * 1024;

/** `sinceMs`: of Date.now(). What is not certain is not ours. */
export function isMadeByUs(commonDir: string, { ref, isSymbolic }: Candidate, sinceMs: number): boolean {
  const earliestMs = sinceMs - TICK_MS;
  const file = fs.lstatSync(path.join(commonDir, ref), { throwIfNoEntry: false });
  if (file === undefined || file.mtimeMs < earliestMs) return false;
  const log = readRegularFile(path.join(commonDir, 'logs', ref), { mostBytes: LOG_BYTES, follow: false });
  if (log.kind === 'read') return isLogOfOurs(Buffer.from(log.bytes).toString('latin1'), isSymbolic);
  return log.kind === 'gone' && isMadeSince(commonDir, ref, earliestMs);
}

const OUR_ENTRY = /^\S+ \S+ [^\n]*\tremote-daemon\b[^\n]*$/;
/** git 2.48 and later, of the HEAD of a remote, whoever fetches (builtin/fetch.c, set_head). */
const HEAD_ENTRY = /^\S+ \S+ [^\n]*\tfetch$/;

/** It begins with the making of the ref, and nobody else has written to it. */
export function isLogOfOurs(log: string, isSymbolic: boolean): boolean {
  const entries = log.split('\n').filter((line) => line !== '');
  const isOurs = (entry: string): boolean => OUR_ENTRY.test(entry) || (isSymbolic && HEAD_ENTRY.test(entry));
  return /^0+ /.test(log) && entries.every(isOurs);
}

/**
 * Without a reflog, as in a bare repository: a file in a folder that is younger has not merely been moved, unless the ref
 * was packed before.
 */
function isMadeSince(commonDir: string, ref: RefName, earliestMs: number): boolean {
  const folder = fs.lstatSync(path.dirname(path.join(commonDir, ref)), { throwIfNoEntry: false });
  // 0 where the file system does not know it.
  if (folder === undefined || !folder.isDirectory() || folder.birthtimeMs < earliestMs) return false;
  const packed = readRegularFile(path.join(commonDir, 'packed-refs'), { mostBytes: PACKED_BYTES });
  if (packed.kind === 'gone') return true;
  return packed.kind === 'read' && !Buffer.from(packed.bytes).includes(` ${ref}\n`);
}
