// Owns: what somebody may put where git looks for a file: a FIFO, a device without end, a link.
// Leaves: in which repositories, and what is made of it (test/hostile, test/workers/local).
import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';

export interface OddFile {
  /** Below the git directory. */
  readonly name: string;
  readonly make: (file: string) => void;
}

/** Nobody ever writes to it. */
export function makeFifo(file: string): void {
  rmSync(file, { force: true });
  execFileSync('mkfifo', [file]);
}

export function linkTo(file: string, target: string): void {
  rmSync(file, { force: true });
  symlinkSync(target, file);
}

export const makeEndless = (file: string): void => linkTo(file, '/dev/zero');
