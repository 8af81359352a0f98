// Owns: whether a fetch would change anything: the refs a remote lists, held against those that are kept of it here.
// Leaves: listing either (workers), and which remotes can be compared (main/config/comparison.ts).
import type { RefAdvertisement } from './ref-advertisement.ts';
import { parseRefspec, type Refspec, starOf } from './refspec.ts';
import { type Comparison, type ObjectName, parseRefName, type RefName, type WantedRefs } from './remote.ts';

const TAGS = 'refs/tags/';
const ALL_TAGS: Refspec = { force: false, negative: false, source: `${TAGS}*`, destination: `${TAGS}*` };

/** Whether each of them says by full names which ref is kept where; of the others only git knows what they mean. */
export function areComparable(refspecs: WantedRefs['refspecs']): boolean {
  return refspecs.every((text) => {
    const refspec = parseRefspec(text, 'fetch');
    if (refspec === undefined || !refspec.source.startsWith('refs/')) return false;
    return refspec.negative || (refspec.destination?.startsWith('refs/') ?? false);
  });
}

/** What `git for-each-ref` is to list: names, or folders. May hold more than a fetch would touch. */
export function keptPlaces({ refspecs, tags }: WantedRefs): string[] {
  const destinations = parsed(refspecs).flatMap(({ negative, destination = '' }) => (negative ? [] : destination));
  const places = destinations.map((place) => place.replace(/[^/]*\*.*$/s, ''));
  return [...new Set([...places, ...(tags ? [TAGS] : [])])];
}

/**
 * Whether a fetch would change nothing. Rather once too often no than once wrongly yes: of a tag that is not here, git
 * alone knows whether it would follow it. `here` has no symbolic refs: a fetch neither moves nor prunes those.
 */
export function isAllHere(
  remote: RefAdvertisement,
  here: RefAdvertisement,
  { refspecs, tags }: WantedRefs,
  { prunes, prunesTags }: Comparison,
): boolean {
  const all = parsed(refspecs);
  const negative = all.filter((refspec) => refspec.negative);
  const positive = all.filter((refspec) => !refspec.negative);
  const isLeftOut = (ref: RefName): boolean => negative.some(({ source }) => starOf(source, ref) !== undefined);
  const wanted = [...remote].filter(([ref]) => !isLeftOut(ref));
  const isKept = ([ref, tip]: readonly [RefName, ObjectName]): boolean =>
    positive.every((refspec) => isKeptBy(refspec, ref, tip, here)) && (!tags || isKeptBy(ALL_TAGS, ref, tip, here));
  if (!wanted.every(isKept) || !positive.every((refspec) => hasItsSource(refspec, remote))) return false;
  const pruned = [...(prunes ? positive : []), ...(prunes && prunesTags ? [ALL_TAGS] : [])];
  return pruned.every((refspec) => [...here.keys()].every((ref) => !isStale(refspec, ref, remote)));
}

const parsed = (refspecs: WantedRefs['refspecs']): Refspec[] =>
  refspecs.flatMap((text) => parseRefspec(text, 'fetch') ?? []);

function isKeptBy({ source, destination }: Refspec, ref: RefName, tip: ObjectName, here: RefAdvertisement): boolean {
  const place = mapped(source, destination, ref);
  // Of two names that are not UTF-8 nobody can say here that they differ.
  return place === undefined || (here.get(place) === tip && !place.includes('\uFFFD'));
}

/** git complains of a ref that is asked for by its name and is not there; it is left to say so. */
const hasItsSource = ({ source }: Refspec, remote: RefAdvertisement): boolean =>
  source.includes('*') || [...remote.keys()].some((ref) => ref === source);

function isStale({ source, destination = '' }: Refspec, ref: RefName, remote: RefAdvertisement): boolean {
  const origin = mapped(destination, source, ref);
  return origin !== undefined && !remote.has(origin);
}

/** Where one side of a refspec takes a ref that the other side matches. */
function mapped(from: string, to: string | undefined, ref: RefName): RefName | undefined {
  const star = starOf(from, ref);
  return star === undefined || to === undefined ? undefined : parseRefName(to.replace('*', () => star));
}
