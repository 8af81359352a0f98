// Owns: making a directory, with those above it that are missing, by steps that end on every file system.
// Leaves: whose they may be and what goes into them (whoever makes them).
import fs from 'node:fs';
import path from 'node:path';
import { errorCode } from './error-code.ts';

/**
 * Returns those that were made, the deepest first. Throws what mkdir(2) says. Not by Node's own `recursive`, which goes
 * on for ever where the system says of a new one that there is no such, as in /proc.
 */
export function makeDirectories(at: string, mode = 0o777): string[] {
  const missing: string[] = [];
  for (let each = path.resolve(at); !fs.existsSync(each); each = path.dirname(each)) missing.push(each);
  const made: string[] = [];
  for (const each of missing.reverse()) if (makeOne(each, mode)) made.unshift(each);
  return made;
}

/** Says whether it was not there: another process may be as fast. */
function makeOne(at: string, mode: number): boolean {
  try {
    fs.mkdirSync(at, { mode });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST' && fs.statSync(at, { throwIfNoEntry: false })?.isDirectory()) return false;
    throw error;
  }
}
