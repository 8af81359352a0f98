// Owns: the hooks of the servers: they note what is pushed and what moves, and refuse pushes while they are told to.
// Leaves: who reads the notes (pushes-kept.ts, setting-steps.ts), and the servers (stage.ts).
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** In a server's directory: a line for each ref that a push is about, its old and its new object. */
export const RECEIVED = 'received';
/** In a server's directory: the names of the refs that have moved, one a line. */
export const MOVES = 'moves';
/** While it is in a server's directory no push is taken. */
const REFUSAL = 'refuse';

/** Only a push calls it (githooks(5)). */
const UPDATE = `#!/bin/sh
echo "$1 $2 $3" >>${RECEIVED}
test ! -e ${REFUSAL}
`;
const REFERENCE_TRANSACTION = `#!/bin/sh
[ "$1" = committed ] || exit 0
while read -r _ _ ref; do echo "$ref"; done >>"$GIT_DIR"/${MOVES}
`;

export async function addHooks(directory: string): Promise<void> {
  const hooks = join(directory, 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'update'), UPDATE, { mode: 0o755 });
  await writeFile(join(hooks, 'reference-transaction'), REFERENCE_TRANSACTION, { mode: 0o755 });
  for (const notes of [RECEIVED, MOVES]) await writeFile(join(directory, notes), '');
}

export async function refusePushes(directory: string, refuses: boolean): Promise<void> {
  if (refuses) await writeFile(join(directory, REFUSAL), '');
  else await rm(join(directory, REFUSAL), { force: true });
}
