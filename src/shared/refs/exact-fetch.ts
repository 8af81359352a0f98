// Owns: the refspecs that bring in just the refs that are said to have moved, where that comes to the same as a whole fetch. Pure.
// Leaves: running git by them (main/git/fetch-exactly.ts), and what was said (main/supervisor/remote/told-moves.ts).
import { parseRefName, type RefMove, type RefName, type Remote } from '../remote.ts';
import { meet, TRACKING } from './fetch-plan.ts';
import { isLeftOut, parsed } from './lacking.ts';
import { type Refspec, starIn } from './refspec.ts';

export type ExactFetch =
  | { readonly kind: 'exact'; readonly refspecs: readonly string[] }
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
  { refs, plan, comparison }: Pick<Remote, 'refs' | 'plan' | 'comparison'>,
): ExactFetch {
  if (plan !== undefined) return whole('refs are kept where this repository has its own');
  if (comparison === undefined || comparison.isPartial) return whole('only git knows what it brings');
  if (moves.length > MOST_NAMED) return whole('more have moved than are named');
  // One that is gone may have been in the way of another, and may have to be deleted here.
  if (moves.some(({ tip }) => tip === undefined || tip === 'unknown')) return whole('refs may be gone');
  const positive = parsed(refs.refspecs).filter(({ negative }) => !negative);
  if (positive.some(({ destination = '' }) => !isTracking(destination))) return whole('refs are kept elsewhere');
  if (mayMeet(positive)) return whole('two refs may be kept in one place');
  const isOut = isLeftOut(refs.refspecs);
  const refspecs: string[] = [];
  for (const { ref } of moves) {
    // Others that are not UTF-8 look the same here.
    if (ref.includes('\uFFFD')) return whole('a name is not UTF-8');
    if (isOut(ref)) continue;
    const places = positive.flatMap((refspec) => placeOf(ref, refspec));
    if (places.includes(undefined)) return whole('a name cannot be kept');
    refspecs.push(...places.flatMap((place) => place ?? []));
  }
  if (refspecs.length === 0) return whole('none is kept by its name');
  return { kind: 'exact', refspecs: [...new Set(refspecs)] };
}

/** Without the folder that a star is behind nobody knows where its refs are kept. */
const isTracking = (destination: string): boolean =>
  TRACKING.some((place) => (destination.split('*', 1)[0] ?? '').startsWith(place));

function mayMeet(refspecs: readonly Refspec[]): boolean {
  const places = refspecs.map(({ destination = '' }) => destination);
  return places.some((place, index) => places.slice(index + 1).some((other) => meet(place, other)));
}

/** None: it is not meant; undefined: its place would have no name that git takes. */
function placeOf(ref: RefName, { force, source, destination = '' }: Refspec): (string | undefined)[] {
  const star = starIn(source)(ref);
  if (star === undefined) return [];
  const place = parseRefName(destination.replace('*', () => star));
  return [place === undefined ? undefined : `${force ? '+' : ''}${ref}:${place}`];
}
