// Owns: whether a fetch would change anything: the refs a remote lists, held against those that are kept of it here.
// Leaves: listing either (workers), and which remotes can be compared (main/config/comparison.ts).

import {
  type Comparison,
  type ObjectName,
  parseRefName,
  type RefMove,
  type RefName,
  type WantedRefs,
} from '../remote.ts';
import type { RefAdvertisement } from './ref-advertisement.ts';
import { parseRefspec, type Refspec, starIn } from './refspec.ts';

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
  { pruned }: Pick<Comparison, 'pruned'>,
): boolean {
  const positive = parsed(refspecs).filter(({ negative }) => !negative);
  const listed = [...remote];
  // What is left out by name is left out of these only: git follows its tags all the same.
  const leftOut = isLeftOut(refspecs);
  const wanted = listed.filter(([ref]) => !leftOut(ref));
  const kept = positive.every((refspec) => wanted.every(isKeptBy(refspec, here)) && hasItsSource(refspec, remote));
  if (!kept || (tags && !listed.every(isKeptBy(ALL_TAGS, here)))) return false;
  // That it has nothing at all may be the answer of a repository that is being changed: it is worth a fetch.
  const deleting = [...parsed(pruned), ...(remote.size === 0 ? positive : [])];
  const names = [...here.keys()];
  return !deleting.some((refspec) => names.some(isStale(refspec, remote, leftOut)));
}

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

const parsed = (refspecs: WantedRefs['refspecs']): Refspec[] =>
  refspecs.flatMap((text) => parseRefspec(text, 'fetch') ?? []);

function isLeftOut(refspecs: WantedRefs['refspecs']): (ref: RefName) => boolean {
  const stars = parsed(refspecs).flatMap(({ negative, source }) => (negative ? starIn(source) : []));
  return (ref) => stars.some((star) => star(ref) !== undefined);
}

type Listed = readonly [RefName, ObjectName];

function isKeptBy({ source, destination }: Refspec, here: RefAdvertisement): (listed: Listed) => boolean {
  const placeOf = mapping(source, destination);
  return ([ref, tip]) => {
    const place = placeOf(ref);
    // Of two names that are not UTF-8 nobody can say here that they differ.
    return place === undefined || (here.get(place) === tip && !place.includes('\uFFFD'));
  };
}

/** git complains of a ref that is asked for by its name and is not there; it is left to say so. */
function hasItsSource({ source }: Refspec, remote: RefAdvertisement): boolean {
  const name = parseRefName(source);
  return source.includes('*') || (name !== undefined && remote.has(name));
}

/** What is left out by name is no business of the refspecs, and is not pruned by them (stale-refs.ts). */
function isStale(
  { source, destination = '' }: Refspec,
  remote: RefAdvertisement,
  leftOut: (ref: RefName) => boolean,
): (ref: RefName) => boolean {
  const originOf = mapping(destination, source);
  return (ref) => {
    const origin = originOf(ref);
    return origin !== undefined && !remote.has(origin) && !leftOut(origin);
  };
}

/** Where one side of a refspec takes a ref that the other side matches. */
function mapping(from: string, to: string | undefined): (ref: RefName) => RefName | undefined {
  const star = starIn(from);
  return (ref) => {
    const text = star(ref);
    return text === undefined || to === undefined ? undefined : parseRefName(to.replace('*', () => text));
  };
}
