// Owns: a remote's refs as it lists them: read, narrowed to those that a fetch would bring, and compared.
// Leaves: asking for them (workers/refs), and what a refspec says (refspec.ts).

import {
  type ObjectName,
  parseObjectName,
  parseRefName,
  type RefMove,
  type RefName,
  type WantedRefs,
} from '../remote.ts';
import { mayDiffer } from './differing.ts';
import type { RefAdvertisement } from './packed-refs.ts';
import { parseRefspec, type Refspec, starIn } from './refspec.ts';

export type { RefAdvertisement };

const TAGS = 'refs/tags/';

/** Of a listing in a map, of which each ref takes some 200 bytes. */
export const MOST_REFS = 200_000;
/** Of a listing that is kept as bytes (packed-refs.ts): 600 000 refs by usual names. Two of these are what a thread has memory for. */
export const KEPT_BYTES = 40 * 1024 * 1024;
/** Of a listing as it comes, with all that is not kept. */
export const LISTING_BYTES = 96 * 1024 * 1024;

/**
 * Reads `<object name> <tab or space> <ref>` lines, as `git ls-remote` and protocol v2 list them; peeled tags are left
 * out. It stops at the limit: whoever gets so many has to take them for a part.
 */
export function parseRefLines(text: string): ReadonlyMap<RefName, ObjectName> {
  const refs = new Map<RefName, ObjectName>();
  for (let start = 0, end = 0; start < text.length && refs.size < MOST_REFS; start = end + 1) {
    end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const parsed = parseRefLine(text.slice(start, end));
    if (parsed) refs.set(...parsed);
  }
  return refs;
}

/** One of these lines; undefined: it is none. */
export function parseRefLine(line: string): [RefName, ObjectName] | undefined {
  const [, objectText = '', refText = ''] = /^([0-9a-f]+)[\t ]([^ ]+)/.exec(line) ?? [];
  const object = parseObjectName(objectText);
  const ref = parseRefName(refText);
  return object === undefined || ref === undefined ? undefined : [ref, object];
}

/** What became of the wanted refs between two listings. */
export function movesBetween(
  before: RefAdvertisement,
  after: RefAdvertisement,
  isWanted: (ref: RefName) => boolean,
): RefMove[] {
  if (before === after) return [];
  const moves: RefMove[] = [];
  for (const [ref, tip] of mayDiffer(after, before)) {
    if (before.get(ref) !== tip && isWanted(ref)) moves.push({ ref, tip });
  }
  for (const [ref] of mayDiffer(before, after)) {
    if (!after.has(ref) && isWanted(ref)) moves.push({ ref, tip: undefined });
  }
  return moves;
}

/** Says of each ref whether a fetch would look at it. Rather once too often yes than once wrongly no. */
export function wantedRefs({ refspecs, tags }: WantedRefs): (ref: RefName) => boolean {
  const parsed = refspecs.flatMap((text) => parseRefspec(text, 'fetch') ?? []);
  const positive = parsed.filter(({ negative }) => !negative).map(matcherOf);
  const negative = parsed.filter((refspec) => refspec.negative).map(matcherOf);
  return (ref) => {
    if (tags && ref.startsWith(TAGS)) return true;
    return positive.some((matches) => matches(ref)) && !negative.some((matches) => matches(ref));
  };
}

/** Says of each ref whether every fetch looks at it. Rather once too often no than once wrongly yes. */
export function surelyFetched(refspecs: WantedRefs['refspecs']): (ref: RefName) => boolean {
  const isFull = (text: string): boolean => parseRefspec(text, 'fetch')?.source.startsWith('refs/') ?? false;
  const isNegative = (text: string): boolean => parseRefspec(text, 'fetch')?.negative ?? false;
  return wantedRefs({ refspecs: refspecs.filter((text) => isFull(text) || isNegative(text)), tags: false });
}

/**
 * What all wanted refs begin with, for `ref-prefix` lines (gitprotocol-v2(5)); empty: everything has to be listed.
 * `HEAD` and short names may be any of several refs, so they ask for all.
 */
export function refPrefixes({ refspecs, tags }: WantedRefs): string[] {
  const sources = refspecs
    .flatMap((text) => parseRefspec(text, 'fetch') ?? [])
    .filter(({ negative }) => !negative)
    .map(({ source }) => source);
  if (sources.some((source) => !source.startsWith('refs/'))) return [];
  return [...new Set([...sources.map((source) => source.replace(/\*.*$/s, '')), ...(tags ? [TAGS] : [])])];
}

/** Of `git ls-remote`. Only these two narrow what goes over the wire (git, builtin/ls-remote.c): patterns are looked at when it is here. */
export function listingOptions(wanted: WantedRefs): string[] {
  const prefixes = refPrefixes(wanted);
  const below = (directory: string): boolean => prefixes.some((prefix) => prefix.startsWith(directory));
  const [heads, tags] = [below('refs/heads/'), below('refs/tags/')];
  const isAll = prefixes.every((prefix) => /^refs\/(?:heads|tags)\//.test(prefix));
  return isAll ? [...(heads ? ['--heads'] : []), ...(tags ? ['--tags'] : [])] : [];
}

function matcherOf({ source }: Refspec): (ref: RefName) => boolean {
  // `main` may be refs/heads/main or refs/tags/main, HEAD whichever branch the remote has checked out.
  if (!source.startsWith('refs/')) {
    return source === '' || source === 'HEAD' ? () => true : (ref) => ref.endsWith(`/${source}`);
  }
  const star = starIn(source);
  return (ref) => star(ref) !== undefined;
}
