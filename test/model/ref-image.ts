// Owns: which refs a clone must have of a remote that it keeps up with: git's rules, said once more and simply.
// Leaves: reading refs (world.ts), and which remotes have which refspecs (model.ts).

/** Object names by ref name. */
export type Refs = ReadonlyMap<string, string>;

export interface Kept {
  readonly there: Refs;
  readonly here: Refs;
  /** Full names on both sides; `^pattern` leaves out. */
  readonly refspecs: readonly string[];
  /** Whether what is gone there is to be gone here. */
  readonly exact: boolean;
}

export interface FollowedTags {
  readonly there: Refs;
  readonly here: Refs;
  readonly follow: 'all' | 'known' | 'none';
  /** Whether what a tag leads to is here, be it wanted or not: git follows such tags. */
  readonly isKnown: (tag: string) => boolean;
}

/** What is missing, wrong or left over of the remote-tracking refs. */
export function refFaults(kept: Kept): string[] {
  const image = imageOf(kept.there, kept.refspecs);
  const wrong = [...image].flatMap(([ref, tip]) => {
    const now = kept.here.get(ref);
    return now === tip ? [] : [`${ref} is ${short(now)} and not ${short(tip)}`];
  });
  return [...wrong, ...(kept.exact ? leftOver(kept).map((ref) => `${ref} is left over`) : [])];
}

/** Where the refspecs take the refs of a remote. */
export function imageOf(there: Refs, refspecs: readonly string[]): Refs {
  const image = new Map<string, string>();
  for (const { source, destination } of positive(refspecs)) {
    for (const [ref, tip] of there) {
      const place = isLeftOut(ref, refspecs) ? undefined : mapped(ref, source, destination);
      if (place !== undefined) image.set(place, tip);
    }
  }
  return image;
}

/** Refs that are here and have nothing there any more. What is left out by name stays: git does not prune it. */
export function leftOver({ there, here, refspecs }: Omit<Kept, 'exact'>): string[] {
  return [...here.keys()].filter((ref) =>
    positive(refspecs).some(({ source, destination }) => {
      const origin = mapped(ref, destination, source);
      return origin !== undefined && !there.has(origin) && !isLeftOut(origin, refspecs);
    }),
  );
}

/** Tags of the remote that should be here and are not. One that is here is never moved or removed. */
export function tagFaults({ there, here, follow, isKnown }: FollowedTags): string[] {
  if (follow === 'none') return [];
  return [...there.keys()]
    .filter((ref) => ref.startsWith('refs/tags/') && !here.has(ref))
    .filter((ref) => follow === 'all' || isKnown(ref))
    .map((ref) => `${ref} is missing`);
}

function positive(refspecs: readonly string[]): { source: string; destination: string }[] {
  return refspecs.flatMap((refspec) => {
    const [source = '', destination = ''] = refspec.replace(/^\+/, '').split(':');
    return refspec.startsWith('^') ? [] : { source, destination };
  });
}

function isLeftOut(ref: string, refspecs: readonly string[]): boolean {
  return refspecs.some((refspec) => refspec.startsWith('^') && mapped(ref, refspec.slice(1), 'x*') !== undefined);
}

function mapped(ref: string, from: string, to: string): string | undefined {
  const [before = '', after] = from.split('*');
  if (after === undefined) return ref === from ? to : undefined;
  const fits = ref.length >= before.length + after.length && ref.startsWith(before) && ref.endsWith(after);
  return fits ? to.replace('*', () => ref.slice(before.length, ref.length - after.length)) : undefined;
}

const short = (tip: string | undefined): string => tip?.slice(0, 8) ?? 'missing';
