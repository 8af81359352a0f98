// Owns: what becomes of a ref that waits to be kept where this repository has its own: made, moved forward, or left out.
// Leaves: which refs wait (fetch-plan.ts), and asking git whether it is forward (main/git/bring-in.ts).
import { type FetchPlan, type ObjectName, parseObjectName, parseRefName, type RefName } from '../remote.ts';
import { shownWord } from '../shell-word.ts';
import { mayWait } from './fetch-plan.ts';

/** A ref of this repository, as `REF_FORMAT` lists it. */
export interface OwnRef {
  readonly object: ObjectName;
  readonly isCommit: boolean;
  /** It only names another. */
  readonly isSymbolic: boolean;
}

/** What a fetch would have changed here, and what was here was kept. */
export interface LeftOut {
  /** Full name, where that is known. */
  readonly ref: string;
  /** As it is fetched by hand, `source:destination`; undefined: that would not work either. */
  readonly refspec: string | undefined;
  /** A work tree is on it. */
  readonly checkedOut?: true;
}

export interface Decision {
  /** Not here yet. */
  readonly make: readonly { readonly ref: RefName; readonly to: ObjectName }[];
  /** Good only if it is forward. */
  readonly move: readonly { readonly ref: RefName; readonly from: ObjectName; readonly to: ObjectName }[];
  readonly keep: readonly RefName[];
}

/** For `git for-each-ref`. */
export const REF_FORMAT = '%(objectname) %(objecttype) %(refname) %(symref)';

/** What was listed by that format, by name. */
export function parseOwnRefs(listing: string): ReadonlyMap<RefName, OwnRef> {
  const refs = new Map<RefName, OwnRef>();
  for (const line of listing.split('\n')) {
    const [objectText = '', type, refText = '', target = ''] = line.split(' ');
    const [object, ref] = [parseObjectName(objectText), parseRefName(refText)];
    if (object === undefined || ref === undefined) continue;
    refs.set(ref, { object, isCommit: type === 'commit', isSymbolic: target !== '' });
  }
  return refs;
}

/** `all`: of the waiting room, which is `room`, and of where its refs are to be kept, by `plan`. */
export function decideOwnRefs(
  all: ReadonlyMap<RefName, OwnRef>,
  room: string,
  plan: Pick<FetchPlan, 'waiting' | 'negative'>,
): Decision {
  const make = [];
  const move = [];
  const keep = [];
  for (const [waiting, { object: to, isCommit }] of all) {
    const ref = waiting.startsWith(room) ? parseRefName(`refs/${waiting.slice(room.length)}`) : undefined;
    // A remote may have such a room itself. A name that is not UTF-8 is not known here: it would be made as another.
    if (ref === undefined || ref.startsWith(room) || ref.includes('\uFFFD')) continue;
    // What an earlier config had wait there.
    if (!mayWait(ref, plan)) continue;
    const here = all.get(ref);
    if (here === undefined) make.push({ ref, to });
    else if (here.object === to) continue;
    else if (isCommit && here.isCommit && !here.isSymbolic && !ref.startsWith('refs/tags/'))
      move.push({ ref, from: here.object, to });
    else keep.push(ref);
  }
  return { make, move, keep };
}

/** What is held is kept as it is here, or is not made. */
export function withoutHeld({ make, move, keep }: Decision, held: ReadonlySet<string>): Decision {
  const isFree = ({ ref }: { readonly ref: RefName }): boolean => !held.has(ref);
  const kept = [...make, ...move].flatMap((each) => (isFree(each) ? [] : each.ref));
  return { make: make.filter(isFree), move: move.filter(isFree), keep: [...keep, ...kept] };
}

/** More than these are counted. */
const MOST_NAMED = 3;

/** For a person: what was left out, and the command that takes it. */
export function describeLeftOut(remote: string, leftOut: readonly LeftOut[]): string {
  const inUse = leftOut.filter(({ checkedOut }) => checkedOut);
  const others = leftOut.filter(({ checkedOut }) => !checkedOut);
  return [
    ...(others.length > 0 ? [describeKept(remote, others)] : []),
    ...(inUse.length > 0 ? [describeCheckedOut(remote, inUse)] : []),
  ].join('; ');
}

function describeKept(remote: string, leftOut: readonly LeftOut[]): string {
  const refspecs = leftOut.slice(0, MOST_NAMED).flatMap(({ refspec }) => refspec ?? []);
  const words = ['git', 'fetch', '--force', remote, ...refspecs].map(shownWord).join(' ');
  const command = refspecs.length > 0 ? `; to lose what is here: ${words}` : '; rename what is here';
  return `kept ${namesOf(leftOut)} as here: the remote has something else${command}`;
}

function describeCheckedOut(remote: string, leftOut: readonly LeftOut[]): string {
  const words = ['git', 'config', `remote.${remote}.fetch`, `+refs/heads/*:refs/remotes/${remote}/*`].map(shownWord);
  const command = `to keep its branches apart from yours: ${words.join(' ')}`;
  return `${namesOf(leftOut)} stays as it is, since a linked work tree is on it, and no fetch may move it; ${command}`;
}

function namesOf(leftOut: readonly LeftOut[]): string {
  const named = leftOut.slice(0, MOST_NAMED).map(({ ref }) => ref);
  const more = leftOut.length > named.length ? ` and ${leftOut.length - named.length} more` : '';
  return `${named.join(', ')}${more}`;
}
