// Owns: a PATH on which some programs are missing, for servers that have not got them installed.
// Leaves: which programs this machine has (peers.ts).
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Scratch } from './temp-repo.ts';

/** All programs of the scratch directory's own PATH but for these, in one folder. */
export function pathWithout({ directory, env }: Scratch, programs: readonly string[]): string {
  const folder = join(directory, `path-${randomUUID()}`);
  mkdirSync(folder);
  const taken = new Set(programs);
  for (const from of (env.PATH ?? '').split(delimiter).filter((each) => existsSync(each))) {
    for (const name of readdirSync(from)) {
      // As a shell finds them, the first one counts.
      if (!taken.has(name)) symlinkSync(join(from, name), join(folder, name));
      taken.add(name);
    }
  }
  return folder;
}
