// Owns: which refs that are kept of a remote here are kept of something that it no longer lists, as `fetch --prune` tells it.
// Leaves: whether that is believed (loss.ts), and deleting them (main/git/prune.ts).
import { type Pruning, parseRefName, type RefName } from '../remote.ts';
import { parseRefspec, type Refspec, starIn } from './refspec.ts';

/** What is kept of a remote here, and which of it is not there any more. */
export interface KeptRefs {
  readonly kept: number;
  readonly stale: readonly RefName[];
}

/** Where git looks for a short name (gitrevisions(7)). */
const PLACES_OF_SHORT = ['', 'refs/', 'refs/tags/', 'refs/heads/', 'refs/remotes/'];

/**
 * `here`: refs of this repository that are no symbolic ones. Rather once too often kept than once wrongly stale: of a
 * source that is no full name it is only asked whether anything is there that it could mean.
 */
export function findStale(
  here: Iterable<RefName>,
  isThere: (ref: RefName) => boolean,
  { refspecs }: Pruning,
): KeptRefs {
  const parsed = refspecs.flatMap((text) => parseRefspec(text, 'fetch') ?? []);
  const originsOf = parsed.filter(({ negative }) => !negative).map(originIn);
  const leftOut = parsed.filter(({ negative }) => negative).map(({ source }) => starIn(source));
  let kept = 0;
  const stale: RefName[] = [];
  for (const ref of here) {
    const origins = originsOf.flatMap((originOf) => originOf(ref) ?? []);
    // What is left out by name is none of the refspecs' business.
    const isLeftOut = origins.some((origin) => leftOut.some((star) => star(origin as RefName) !== undefined));
    // A name that is not UTF-8 cannot be told from others.
    if (origins.length === 0 || isLeftOut || ref.includes('\uFFFD')) continue;
    kept += 1;
    if (!origins.some((origin) => mayBeThere(origin, isThere))) stale.push(ref);
  }
  return { kept, stale };
}

/** What a ref here was made of by a refspec: a full or short name; undefined: it was not. */
function originIn({ source, destination }: Refspec): (ref: RefName) => string | undefined {
  if (!destination) return () => undefined;
  const star = starIn(destination);
  return (ref) => {
    const text = star(ref);
    return text === undefined ? undefined : source.replace('*', () => text);
  };
}

function mayBeThere(origin: string, isThere: (ref: RefName) => boolean): boolean {
  if (origin.startsWith('refs/')) {
    const name = parseRefName(origin);
    return name === undefined || isThere(name);
  }
  // HEAD is not listed among the refs, and an object need be at none.
  if (origin === '' || origin === 'HEAD' || /^[0-9a-f]{40,}$/i.test(origin)) return true;
  const candidates = [...PLACES_OF_SHORT.map((place) => place + origin), `refs/remotes/${origin}/HEAD`];
  return candidates.some((text) => {
    const name = parseRefName(text);
    return name !== undefined && isThere(name);
  });
}
