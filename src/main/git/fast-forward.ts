// Owns: which branches of this repository follow their upstream, and what keeps one from it, as pure decisions.
// Leaves: asking git, and moving them (fast-forward-run.ts).
import type { RefMove } from '../../shared/events.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefName } from '../../shared/remote.ts';

/** For `git for-each-ref`; a remote's name may hold spaces. */
export const BRANCH_FORMAT = '%(objectname) %(objecttype) %(refname) %(symref) %(upstream) %(upstream:remotename)';

/** A branch whose upstream has moved; good only if that is forward. */
export interface Follower {
  readonly ref: RefName;
  readonly upstream: RefName;
  readonly from: ObjectName;
  readonly to: ObjectName;
}

/** What is done in the work trees of a repository just now. */
export interface WorkTreesNow {
  /** Full names of branches that one is on, or will come back to, or is about to move: rebase, am, bisect. */
  readonly held: ReadonlySet<string>;
  /** What is being merged. */
  readonly merged: ReadonlySet<string>;
  /** In one of them something is done with the index, such as a checkout that is not yet on its branch. */
  readonly isBusy: boolean;
}

/** The branches in what `git worktree list --porcelain` prints; a path in it may hold any character. */
export const branchesIn = (listed: string): string[] =>
  [...listed.matchAll(/^branch (.*)$/gm)].flatMap(([, ref]) => ref ?? []);

/** The work trees in it that are on a branch. */
export function treesOn(listed: string, branch: string): string[] {
  const trees = listed.split('\n\n').map((tree) => tree.split('\n'));
  const on = trees.filter((lines) => lines.includes(`branch ${branch}`));
  return on.flatMap(([first = '']) => (first.startsWith('worktree ') ? first.slice('worktree '.length) : []));
}

/**
 * `listing`: of all branches, and of the refs that a fetch from the remote moved, by that format. A branch whose upstream
 * is one of another remote, or of this repository, follows nothing here.
 */
export function followers(listing: string, remote: string, moved: readonly RefMove[]): Follower[] {
  const rows = listing.split('\n').flatMap(rowIn);
  const tips = new Map(rows.flatMap(({ ref, object, isCommit }) => (isCommit ? [[ref, object] as const] : [])));
  const isMoved = new Set(moved.flatMap(({ ref, how }) => (how === 'deleted' ? [] : ref)));
  return rows.flatMap((row) => {
    const { ref, object: from, upstream } = row;
    if (!ref.startsWith('refs/heads/') || !row.isCommit || row.isSymbolic) return [];
    const to =
      upstream === undefined || row.remote !== remote || !isMoved.has(upstream) ? undefined : tips.get(upstream);
    return upstream === undefined || to === undefined || to === from ? [] : [{ ref, upstream, from, to }];
  });
}

function rowIn(line: string) {
  const [objectText = '', type, refText = '', symref, upstreamText = '', ...remote] = line.split(' ');
  const [object, ref] = [parseObjectName(objectText), parseRefName(refText)];
  // A name that is not UTF-8 is not known here: another would be moved.
  if (object === undefined || ref === undefined || line.includes('\uFFFD')) return [];
  const upstream = parseRefName(upstreamText);
  return [{ object, ref, upstream, remote: remote.join(' '), isCommit: type === 'commit', isSymbolic: symref !== '' }];
}

/** undefined: nothing does. */
export function whyKept({ ref, from }: Follower, { held, merged, isBusy }: WorkTreesNow): string | undefined {
  if (held.has(ref)) return 'a work tree is on it, or rebases, bisects or applies patches to it';
  if (merged.has(from)) return 'it is being merged';
  return isBusy ? 'something is done in a work tree just now' : undefined;
}

/** The newest first: what HEAD came to, and why. `%H %gs` of `git log --walk-reflogs`. */
export const REFLOG_FORMAT = '%H %gs';

/**
 * Whether a work tree that is on the branch now came to it before it was moved: then its files are those of before. Where
 * its HEAD leads to the branch, moving it wrote a line there as well.
 */
export function cameBefore(reflog: string, { from }: Pick<Follower, 'from'>, reason: string): boolean {
  const last = reflog.split('\n').find((line) => line.slice(line.indexOf(' ') + 1) !== reason);
  return last?.startsWith(`${from} `) ?? false;
}
