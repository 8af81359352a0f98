// Owns: what becomes of a ref that waits to be kept where this repository has its own: made, moved forward, or left out.
// Leaves: which refs wait (fetch-plan.ts), and asking git whether it is forward (main/git/bring-in.ts).
import { type FetchPlan, type ObjectName, parseObjectName, parseRefName, type RefName } from '../remote.ts';
import { mayWait } from './fetch-plan.ts';

/** A ref of this repository, as `REF_FORMAT` lists it. */
export interface OwnRef {
  readonly object: ObjectName;
  readonly isCommit: boolean;
  /** It only names another. */
  readonly isSymbolic: boolean;
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
