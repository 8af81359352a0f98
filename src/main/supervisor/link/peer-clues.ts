// Owns: what may have to change here before a peer lets this repository in: the file of the token for it.
// Leaves: looking at it (host/login-clues.ts), and what is done then (supervisor.ts).
import path from 'node:path';
import type { Clues } from '../../../shared/account.ts';
import { tokenFileOf } from '../../../shared/p2p/credentials.ts';
import type { Remote } from '../../../shared/remote.ts';

/** Of those among the remotes that are peers. `gitDir` is the common git dir. */
export function peerClues(remotes: readonly Pick<Remote, 'rungs'>[], gitDir: string): Clues[] {
  const rungs = remotes.flatMap((remote) => remote.rungs);
  const files = rungs.flatMap((rung) =>
    rung.kind === 'peer' ? path.join(gitDir, 'annex', 'creds', tokenFileOf(rung.address)) : [],
  );
  return files.length === 0 ? [] : [{ files }];
}
