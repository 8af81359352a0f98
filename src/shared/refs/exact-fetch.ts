// Owns: the refspecs that bring in just the refs that are said to have moved, and what of those that are gone may have to be deleted, where that comes to the same as a whole fetch. Pure.
// Leaves: running git by them (main/git/fetch-exactly.ts, main/git/delete-named.ts), and what was said (main/supervisor/remote/told-moves.ts).
import { type Pruning, parseRefName, type RefMove, type RefName, type Remote, type WantedRefs } from '../remote.ts';
import { meet, TRACKING } from './fetch-plan.ts';
import { isLeftOut, mapping, parsed } from './lacking.ts';
import { isLoss } from './loss.ts';
import { foldersAbove } from './name-taken.ts';
import { type Refspec, starIn } from './refspec.ts';
import { findStale } from './stale-refs.ts';

/** A ref that is said to be gone, and what is kept of it here, if it is. */
export interface GoneRef {
  readonly source: RefName;
  readonly place: RefName;
}

export type ExactFetch =
  /** None of both: nothing is to be done here. */
  | { readonly kind: 'exact'; readonly refspecs: readonly string[]; readonly gone: readonly GoneRef[] }
  /** `why`: for a test, and for whoever looks for the reason. */
  | { readonly kind: 'whole'; readonly why: string };

/** Of more, git lists all as soon. */
export const MOST_NAMED = 100;

const whole = (why: string): ExactFetch => ({ kind: 'whole', why });

/**
 * Tags are git's own affair: it follows them as the config says beside any refspec, and lists all of them for that.
 * `moves`: all that moved since refs were last looked at.
 */
export function exactFetch(
  moves: readonly RefMove[],
  { refs, plan, comparison, pruning }: Pick<Remote, 'refs' | 'plan' | 'comparison' | 'pruning'>,
): ExactFetch {
  if (plan !== undefined) return whole('refs are kept where this repository has its own');
  if (comparison === undefined || comparison.isPartial) return whole('only git knows what it brings');
  if (moves.length > MOST_NAMED) return whole('more have moved than are named');
  if (moves.some(({ tip }) => tip === 'unknown')) return whole('refs may be gone');
  if (moves.some(isInTheWay(moves))) return whole('one that is gone was in the way of another');
  const positive = parsed(refs.refspecs).filter(({ negative }) => !negative);
  if (positive.some(({ destination = '' }) => !isTracking(destination))) return whole('refs are kept elsewhere');
  if (mayMeet(positive)) return whole('two refs may be kept in one place');
  const isOut = isLeftOut(refs.refspecs);
  const refspecs: string[] = [];
  const gone: GoneRef[] = [];
  for (const { ref, tip } of moves) {
    // Others that are not UTF-8 look the same here.
    if (ref.includes('\uFFFD')) return whole('a name is not UTF-8');
    if (isOut(ref)) continue;
    const places = positive.flatMap((refspec) => placeOf(ref, refspec));
    if (places.includes(undefined)) return whole('a name cannot be kept');
    if (tip !== undefined) refspecs.push(...places.flatMap((place) => place?.refspec ?? []));
    // git complains of what is asked for by its name and is not there, and a tag may have been followed.
    else if (isTag(ref) || places.some((place) => place?.isAskedFor)) return whole('it is not only for a prune');
    else gone.push(...places.flatMap((place) => (place ? { source: ref, place: place.name } : [])));
  }
  if (refspecs.length === 0 && moves.some(({ tip }) => tip !== undefined)) return whole('none is kept by its name');
  if (moves.length === 0) return whole('nothing is named');
  const stale = pruning ? gone.filter(({ source, place }) => isStale(source, place, pruning)) : [];
  if (isLoss(stale.length, Number.POSITIVE_INFINITY)) return whole('more are gone than is believed at once');
  return { kind: 'exact', refspecs: [...new Set(refspecs)], gone: stale };
}

/** Whether its name is that of a folder of the other, or the reverse, and just one of them is gone. */
const isInTheWay = (moves: readonly RefMove[]) => {
  const there = new Set(moves.flatMap(({ ref, tip }) => (tip === undefined ? [] : ref)));
  const foldersThere = new Set([...there].flatMap(foldersAbove));
  return ({ ref, tip }: RefMove): boolean =>
    tip === undefined && (foldersThere.has(ref) || foldersAbove(ref).some((folder) => there.has(folder)));
};

const isTag = (ref: RefName): boolean => ref.startsWith('refs/tags/');

const isStale = (source: RefName, place: RefName, pruning: Pruning): boolean =>
  findStale([place], (ref) => ref !== source, pruning).stale.length > 0;

/** What of the remote is kept at a place here, by a refspec that is for many; undefined: none that is to be there. */
export function keptAt(refspecs: WantedRefs['refspecs']): (place: RefName) => RefName | undefined {
  const sources = parsed(refspecs).flatMap(({ negative, source, destination }) =>
    negative || destination === undefined || !source.includes('*') ? [] : mapping(destination, source),
  );
  const isOut = isLeftOut(refspecs);
  return (place) => {
    const source = sources.flatMap((sourceOf) => sourceOf(place) ?? [])[0];
    return source === undefined || isOut(source) ? undefined : source;
  };
}

/** Without the folder that a star is behind nobody knows where its refs are kept. */
const isTracking = (destination: string): boolean =>
  TRACKING.some((place) => (destination.split('*', 1)[0] ?? '').startsWith(place));

function mayMeet(refspecs: readonly Refspec[]): boolean {
  const places = refspecs.map(({ destination = '' }) => destination);
  return places.some((place, index) => places.slice(index + 1).some((other) => meet(place, other)));
}

interface Place {
  readonly name: RefName;
  readonly refspec: string;
  /** By its own name. */
  readonly isAskedFor: boolean;
}

/** None: it is not meant; undefined: its place would have no name that git takes. */
function placeOf(ref: RefName, { force, source, destination = '' }: Refspec): (Place | undefined)[] {
  const star = starIn(source)(ref);
  if (star === undefined) return [];
  const name = parseRefName(destination.replace('*', () => star));
  if (name === undefined) return [undefined];
  return [{ name, refspec: `${force ? '+' : ''}${ref}:${name}`, isAskedFor: !source.includes('*') }];
}
