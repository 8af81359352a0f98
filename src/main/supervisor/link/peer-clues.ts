// Owns: what may have to change here before a peer lets this repository in: the file of the token for it.
// Leaves: looking at it (host/login-clues.ts), and what is done then (supervisor.ts).
import path from 'node:path';
import type { Clues } from '../../../shared/account.ts';
import { tokenFileOf } from '../../../shared/p2p/credentials.ts';
import { printable } from '../../../shared/printable.ts';
import type { Remote } from '../../../shared/remote.ts';

/** Of those among the remotes that are peers. `gitDir` is the common git dir. */
export function peerClues(remotes: readonly Pick<Remote, 'rungs'>[], gitDir: string): Clues[] {
  const rungs = remotes.flatMap((remote) => remote.rungs);
  const files = rungs.flatMap((rung) =>
    rung.kind === 'peer' ? path.join(directoryIn(gitDir), tokenFileOf(rung.address)) : [],
  );
  return files.length === 0 ? [] : [{ files }];
}

const directoryIn = (gitDir: string): string => path.join(gitDir, 'annex', 'creds');

/** What has changed, for the log: the name of such a file would tell the peer's address. */
export const shownClue = (what: string, gitDir: string): string =>
  path.dirname(what) === directoryIn(gitDir) ? 'the token for a peer' : printable(what);
