// Owns: the file that `--json` names: found to be writable before anything is measured, and filled at the end.
// Leaves: what it is filled with (report.ts).
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { reasonOf } from '../../src/main/user-error.ts';

/** Gives what writes the results; what is there already stays until then. Throws an Error of one line. */
export function openResultsFile(path: string): (results: object) => void {
  try {
    closeSync(openSync(path, 'a'));
  } catch (failure) {
    throw new Error(`--json ${path}: ${reasonOf(failure)}`, { cause: failure });
  }
  return (results) => writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`);
}
