// Owns: after a fetch that did not move all, which refs it left, and why, told from the refs there and here. Pure.
// Leaves: listing both (main/git/look-at-refs.ts), and what git's words say of it (main/git/fetch-words.ts).
import type { RefName, WantedRefs } from '../remote.ts';
import { hereBeside } from './here-refs.ts';
import { ALL_TAGS, type Lack, lacking, TAGS } from './lacking.ts';
import type { LeftOut } from './left-out.ts';
import { nameTakenBy } from './name-taken.ts';
import type { RefAdvertisement } from './ref-advertisement.ts';

export interface NotBrought {
  /** What a person alone can mend. */
  readonly leftOut: readonly LeftOut[];
  /** What the remote calls these. */
  readonly sources: readonly RefName[];
  /** Here there is no reason to be seen why it was not brought. */
  readonly unexplained: readonly RefName[];
}

export interface Sides {
  readonly there: RefAdvertisement;
  /** Without symbolic refs. */
  readonly here: RefAdvertisement;
  /** Those that are there besides: they take names as well. */
  readonly symbolic?: readonly RefName[];
}

export interface Asked {
  readonly refspecs: WantedRefs['refspecs'];
  /** `followed`: those that git chooses. */
  readonly tags: 'all' | 'followed' | 'none';
}

/** More than are ever told, and than git's command line has room for. */
const MOST_LOOKED_AT = 500;

/** `said`: what git said that it would not move. */
export function notBrought(
  { there, here, symbolic = [] }: Sides,
  { refspecs, tags }: Asked,
  said: readonly LeftOut[],
): NotBrought {
  const isSaid = new Map(said.map((each) => [each.ref, each]));
  const takenBy = nameTakenBy(here.keys(), symbolic);
  const leftOut = new Map<string, LeftOut>();
  const sources: RefName[] = [];
  const unexplained: RefName[] = [];
  for (const lack of lacking(there, hereBeside(there, here), { refspecs, tags: tags !== 'none' })) {
    if (lack.kind === 'source') continue;
    const why = whyNot(lack, takenBy) ?? isSaid.get(lack.place);
    // Of these git brings some, and moves none; which, it alone knows.
    if (tags === 'followed' && lack.refspec === ALL_TAGS && why?.why === undefined) continue;
    if (why === undefined) unexplained.push(lack.place);
    else if (!leftOut.has(lack.place) && sources.length < MOST_LOOKED_AT) {
      leftOut.set(lack.place, why);
      sources.push(lack.source);
    }
    if (unexplained.length === MOST_LOOKED_AT) break;
  }
  return { leftOut: [...leftOut.values()], sources, unexplained };
}

function whyNot(
  { source, place, here: now, refspec }: Extract<Lack, { kind: 'ref' }>,
  takenBy: ReturnType<typeof nameTakenBy>,
): LeftOut | undefined {
  const by = now === undefined ? takenBy(place) : undefined;
  if (by !== undefined) return { ref: place, refspec: undefined, why: { kind: 'name-taken', by } };
  // git moves no tag that is here (2.20 and later).
  if (now !== undefined && place.startsWith(TAGS) && !refspec.force)
    return { ref: place, refspec: `${source}:${place}` };
  return undefined;
}
