// Owns: whether a fetch would change anything: the refs a remote lists, held against those that are kept of it here.
// Leaves: listing either (workers), and which remotes can be compared (main/config/comparison.ts).
import type { Comparison, ObjectName, RefMove, RefName, WantedRefs } from '../remote.ts';
import type { HereRefs } from './here-refs.ts';
import { ALL_TAGS, isLeftOut, mapping, parsed, TAGS } from './lacking.ts';
import type { RefAdvertisement } from './ref-advertisement.ts';
import { parseRefspec } from './refspec.ts';
import { findStale } from './stale-refs.ts';

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

/** Whether a fetch would delete something here. */
export function hasStale(
  remote: RefAdvertisement,
  here: Pick<HereRefs, 'mayBeStale'>,
  { refspecs }: WantedRefs,
  { pruned }: Pick<Comparison, 'pruned'>,
): boolean {
  // That it has nothing at all may be the answer of a repository that is being changed: it is worth a fetch.
  const deleting = remote.size === 0 ? [...pruned, ...refspecs] : [...pruned, ...refspecs.filter(isNegative)];
  if (deleting.every(isNegative)) return false;
  return findStale(here.mayBeStale(), (ref) => remote.has(ref), { refspecs: deleting }).stale.length > 0;
}

const isNegative = (refspec: string): boolean => refspec.startsWith('^');

/** A ref here, and where it is to point; undefined: it is not to be there. */
export interface KeptRef {
  readonly place: RefName;
  readonly tip: ObjectName | undefined;
}

/** What a fetch would do here about one ref that moved, told as what is to be here then; undefined: only git knows. */
export function keptAfter(
  { ref, tip }: RefMove,
  { refspecs, tags }: WantedRefs,
  { pruned }: Pick<Comparison, 'pruned'>,
): readonly KeptRef[] | undefined {
  if (tip === 'unknown') return undefined;
  const positive = parsed(refspecs).filter(({ negative }) => !negative);
  // Of one that is asked for by its name git complains when it is gone; it is left to say so.
  if (tip === undefined && positive.some(({ source }) => source === ref)) return undefined;
  // What is left out by name is left out of these only: tags are followed, or pruned, all the same.
  const byRefspecs = isLeftOut(refspecs)(ref) ? [] : positive;
  const keeping =
    tip === undefined
      ? parsed(pruned).filter(({ source }) => source === ALL_TAGS.source || byRefspecs.length > 0)
      : [...byRefspecs, ...(tags ? [ALL_TAGS] : [])];
  const places = keeping.flatMap(({ source, destination }) => mapping(source, destination)(ref) ?? []);
  return [...new Set(places)].map((place) => ({ place, tip }));
}
