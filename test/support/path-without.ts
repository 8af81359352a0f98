// Owns: a PATH on which some programs are missing, for servers that have not got them installed.
// Leaves: which programs this machine has (peers.ts).
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Scratch } from './temp-repo.ts';

/** A watcher that is handed to it looks in the folders of the system, too (server-watch-script.ts): not in these. */
const SHELL = `#!/bin/sh
[ "$1" = -s ] || exec /bin/sh "$@"
sed -u 's|:/usr/local/bin:/usr/bin:/bin||' | /bin/sh "$@"
`;

/** All programs of the scratch directory's own PATH but for these, in one folder. */
export function pathWithout({ directory, env }: Scratch, programs: readonly string[]): string {
  const folder = join(directory, `path-${randomUUID()}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'sh'), SHELL, { mode: 0o755 });
  const taken = new Set(['sh', ...programs]);
  for (const from of (env.PATH ?? '').split(delimiter).filter((each) => existsSync(each))) {
    for (const name of readdirSync(from)) {
      // As a shell finds them, the first one counts.
      if (!taken.has(name)) symlinkSync(join(from, name), join(folder, name));
      taken.add(name);
    }
  }
  return folder;
}
