// Owns: the one file of a service, which is touched only where it is marked as ours, and the folders made for it.
// Leaves: what stands in it (systemd-unit.ts, launchd-plist.ts, desktop-entry.ts).
import fs from 'node:fs';
import { errorCode } from '../../../shared/system/error-code.ts';
import { makeDirectories } from '../../../shared/system/make-directories.ts';
import { readOwnFile, removeOwnFile, replaceOwnFile } from '../../instance/own-file.ts';
import { reasonOf, UserError } from '../../user-error.ts';
import { type Mark, readMark } from './facts.ts';

export type Written =
  | { readonly kind: 'absent' }
  | { readonly kind: 'ours'; readonly text: string; readonly mark: Mark }
  /** Somebody else's: `why` in words for a person. */
  | { readonly kind: 'foreign'; readonly why: string };

/** It holds a PATH twice, which may be of 128 KiB (execve(2)), and of characters that are written as several. */
const MOST_BYTES = 4 * 1024 * 1024;

export function readWritten(file: string): Written {
  const found = readOwnFile(file, MOST_BYTES);
  if (found.kind === 'missing') return { kind: 'absent' };
  if (found.kind === 'odd') return { kind: 'foreign', why: found.why };
  const text = found.content.toString('utf8');
  const mark = readMark(text);
  return mark
    ? { kind: 'ours', text, mark }
    : { kind: 'foreign', why: `${file} was not written by this program: move it away` };
}

/** Its folder, with those above it, where they are missing. Returns those that were made, the deepest first. Throws a UserError. */
export function makeFolders(folder: string): string[] {
  try {
    return makeDirectories(folder, 0o700);
  } catch (error) {
    throw new UserError(`cannot make ${folder}: ${reasonOf(error)}`);
  }
}

/** Throws a UserError for what is not ours. */
export function writeOurs(file: string, text: string): void {
  const there = readWritten(file);
  if (there.kind === 'foreign') throw new UserError(there.why);
  replaceOwnFile(file, text);
}

/** Removes it and the folders that were made for it, as far as they are empty. */
export function removeOurs(file: string): void {
  const there = readWritten(file);
  if (there.kind === 'foreign') throw new UserError(there.why);
  removeOwnFile(file);
  for (const folder of there.kind === 'ours' ? there.mark.made : []) if (!removeIfEmpty(folder)) return;
}

function removeIfEmpty(folder: string): boolean {
  try {
    fs.rmdirSync(folder);
    return true;
  } catch (error) {
    return errorCode(error) === 'ENOENT';
  }
}
