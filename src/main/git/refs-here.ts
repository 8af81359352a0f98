// Owns: whether refs of this repository are what they are said to be, told from their files where these leave no doubt.
// Leaves: which refs matter (shared/refs/all-here.ts); git itself, whose answer would cost a process for each question.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { KeptRef } from '../../shared/refs/all-here.ts';
import { type ObjectName, parseObjectName, type RefName } from '../../shared/remote.ts';
import { readRegularFile } from '../../shared/system/read-regular-file.ts';

/** An object name. */
const REF_BYTES = 1024;
/** About 3 000 refs; looking through it takes a fraction of a millisecond. */
const PACKED_BYTES = 256 * 1024;
/** Those that all work trees share (gitrepository-layout(5)). */
const SHARED = /^refs\/(?:heads|tags|remotes|notes|prefetch)\//;

/** False also where it is not certain: a ref that is packed, a symbolic one, a reftable. */
export function createRefsHere(commonDir: string): (refs: readonly KeptRef[]) => boolean {
  const isAbsent = (place: string): boolean => {
    // In a reftable no ref has a file.
    if (readLoose(commonDir, place) !== 'none' || existsSync(path.join(commonDir, 'reftable'))) return false;
    const packed = readRegularFile(path.join(commonDir, 'packed-refs'), { mostBytes: PACKED_BYTES });
    if (packed.kind === 'gone') return true;
    return packed.kind === 'read' && !Buffer.from(packed.bytes).includes(` ${place}\n`);
  };
  return (refs) =>
    refs.every(
      ({ place, tip }) =>
        SHARED.test(place) && (tip === undefined ? isAbsent(place) : readLoose(commonDir, place) === tip),
    );
}

/** What a ref leads to; undefined where its file does not tell. */
export const readRefFile =
  (commonDir: string) =>
  (ref: RefName): ObjectName | undefined => {
    const found = looseRef(commonDir, ref);
    return found === 'none' ? undefined : found;
  };

/** The same; `none`: it has no file, and may be packed. */
export function looseRef(commonDir: string, ref: RefName): ObjectName | 'none' | undefined {
  if (!SHARED.test(ref)) return undefined;
  const read = readLoose(commonDir, ref);
  return read === 'none' ? 'none' : parseObjectName(read ?? '');
}

function readLoose(commonDir: string, place: string): string | 'none' | undefined {
  const read = readRegularFile(path.join(commonDir, place), { mostBytes: REF_BYTES, follow: false });
  if (read.kind === 'gone') return 'none';
  return read.kind === 'read' ? Buffer.from(read.bytes).toString('latin1').trimEnd() : undefined;
}
