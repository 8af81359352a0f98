// Owns: which refs of a remote are not here as its refspecs want them, one after the other.
// Leaves: what that comes to (all-here.ts, not-brought.ts), listing either side, and reading refspecs (refspec.ts).
import { type ObjectName, parseRefName, type RefName, type WantedRefs } from '../remote.ts';
import type { HereRefs } from './here-refs.ts';
import type { RefAdvertisement } from './ref-advertisement.ts';
import { parseRefspec, type Refspec, starIn } from './refspec.ts';

export const TAGS = 'refs/tags/';
export const ALL_TAGS: Refspec = { force: false, negative: false, source: `${TAGS}*`, destination: `${TAGS}*` };

type Here = Pick<HereRefs, 'get' | 'mayLack'>;

/** What the remote has, or is asked for by name and has not. */
export type Lack =
  | {
      readonly kind: 'ref';
      readonly source: RefName;
      readonly tip: ObjectName;
      readonly place: RefName;
      /** What is at its place; undefined: nothing, or a symbolic ref. */
      readonly here: ObjectName | undefined;
      /** By which it is to be here; ALL_TAGS: it is a tag that nobody asks for. */
      readonly refspec: Refspec;
    }
  | { readonly kind: 'source'; readonly source: string };

/** What is left out by name is left out of the refspecs only: git follows its tags all the same. */
export function* lacking(
  remote: RefAdvertisement,
  here: Here,
  { refspecs, tags }: WantedRefs,
): Generator<Lack, undefined> {
  const positive = parsed(refspecs).filter(({ negative }) => !negative);
  const leftOut = isLeftOut(refspecs);
  for (const refspec of positive) {
    const name = parseRefName(refspec.source);
    // git complains of a ref that is asked for by its name and is not there; it is left to say so.
    if (!refspec.source.includes('*') && (name === undefined || !remote.has(name))) {
      yield { kind: 'source', source: refspec.source };
    }
    yield* lackingBy(refspec, remote, here, leftOut);
  }
  if (tags) yield* lackingBy(ALL_TAGS, remote, here, () => false);
}

function* lackingBy(
  refspec: Refspec,
  remote: RefAdvertisement,
  here: Here,
  leftOut: (ref: RefName) => boolean,
): Generator<Lack, undefined> {
  const placeOf = mapping(refspec.source, refspec.destination);
  for (const [source, tip] of candidatesFor(refspec, remote, here)) {
    const place = placeOf(source);
    if (place === undefined || leftOut(source)) continue;
    const now = here.get(place);
    // Of two names that are not UTF-8 nobody can say here that they differ.
    if (now !== tip || place.includes('\uFFFD')) yield { kind: 'ref', source, tip, place, here: now, refspec };
  }
}

function candidatesFor(
  refspec: Refspec,
  remote: RefAdvertisement,
  here: Here,
): Iterable<readonly [RefName, ObjectName]> {
  if (refspec.source.includes('*')) return here.mayLack(refspec);
  const name = parseRefName(refspec.source);
  const tip = name && remote.get(name);
  return name && tip ? [[name, tip]] : [];
}

export const parsed = (refspecs: WantedRefs['refspecs']): Refspec[] =>
  refspecs.flatMap((text) => parseRefspec(text, 'fetch') ?? []);

/** Whether a ref of the remote is left out by name. */
export function isLeftOut(refspecs: WantedRefs['refspecs']): (ref: RefName) => boolean {
  const stars = parsed(refspecs).flatMap(({ negative, source }) => (negative ? starIn(source) : []));
  return (ref) => stars.some((star) => star(ref) !== undefined);
}

/** Where one side of a refspec takes a ref that the other side matches. */
export function mapping(from: string, to: string | undefined): (ref: RefName) => RefName | undefined {
  const star = starIn(from);
  return (ref) => {
    const text = star(ref);
    return text === undefined || to === undefined ? undefined : parseRefName(to.replace('*', () => text));
  };
}
