// Owns: which refs a fetch left as they are, by what git said of each that it would not move.
// Leaves: every other failure (shared/git-failures.ts), and telling a person (shared/refs/own-refs.ts).
import type { LeftOut } from '../../shared/refs/own-refs.ts';
import type { GitExit } from './run-git.ts';

/** ` ! [rejected]  v1 -> v1  (would clobber existing tag)` */
const REJECTED = /^ ! \[rejected\] +(\S+) +-> (\S+) +\((would clobber existing tag|non-fast-forward)\)/;
/** A tag cannot be made here, as another's name is a part of its name, or the reverse. */
const TAG_IN_THE_WAY =
  /^error: (?:cannot lock ref '(refs\/tags\/[^']+)': '[^']*' exists; cannot create|fetching ref (refs\/tags\/\S+) failed: refname conflict)/;
const SUMS_UP = /^error: some local refs could not be updated/;

/** The refs that git would not move while it did all else; undefined: it failed in another way. */
export function refusedBy({ status, stderr }: GitExit): LeftOut[] | undefined {
  if (status !== 1) return undefined;
  const refused: LeftOut[] = [];
  for (const line of stderr.split('\n')) {
    const [, theirs = '', ours = '', why] = REJECTED.exec(line) ?? [];
    const [, locked, conflicting] = TAG_IN_THE_WAY.exec(line) ?? [];
    const tag = locked ?? conflicting;
    if (why !== undefined) refused.push(why === 'non-fast-forward' ? branch(theirs, ours) : clobbered(ours));
    else if (tag !== undefined) refused.push({ ref: tag, refspec: undefined });
    else if (/^(?:fatal|error): /.test(line) && !SUMS_UP.test(line)) return undefined;
  }
  return refused.length === 0 ? undefined : refused;
}

/** git leaves out refs/tags/ where it shows a name. */
function clobbered(shown: string): LeftOut {
  const ref = shown.startsWith('refs/') ? shown : `refs/tags/${shown}`;
  return { ref, refspec: `${ref}:${ref}` };
}

/** By a refspec without `+`. git leaves out refs/heads/ and refs/remotes/ where it shows a name; a mirror has the same. */
function branch(theirs: string, ours: string): LeftOut {
  const place = theirs === ours ? 'refs/heads/' : 'refs/remotes/';
  const ref = ours.startsWith('refs/') ? ours : place + ours;
  const source = theirs.startsWith('refs/') ? theirs : `refs/heads/${theirs}`;
  return { ref, refspec: `${source}:${ref}` };
}
