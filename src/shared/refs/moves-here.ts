// Owns: how refs here are moved to what a remote is told to have, where all of that is here already, just as a fetch would move them. Pure.
// Leaves: which refspecs name what moved (exact-fetch.ts), what is here (main/git/found-here.ts), and moving them (main/git/move-refs.ts).
import { type ObjectName, parseRefName, type RefName } from '../remote.ts';
import { parseRefspec } from './refspec.ts';

/** What is known of an object that a fetch brought. */
export interface KnownTip {
  /** A ref that a fetch has just moved to it: while it is there, all that it leads to is here. */
  readonly ref: RefName;
  /** A fetch found that it is ahead of these. */
  readonly aheadOf: ReadonlySet<ObjectName>;
}

export interface WantedPlace {
  readonly source: RefName;
  readonly place: RefName;
  readonly tip: ObjectName;
}

export interface MoveHere extends WantedPlace {
  /** What it has to be now. */
  readonly old: ObjectName;
}

export type MovesHere =
  | {
      readonly kind: 'here';
      /** None: each is where it is to be. */
      readonly moves: readonly MoveHere[];
    }
  /** `why`: for a test, and for whoever looks for the reason. */
  | { readonly kind: 'fetch'; readonly why: string };

export interface LookHere {
  readonly knownTip: (tip: ObjectName) => KnownTip | undefined;
  /** What a ref is by its own file; `none`: it has none, and may be packed; undefined: that does not tell. */
  readonly loose: (ref: RefName) => ObjectName | 'none' | undefined;
}

const fetch = (why: string): MovesHere => ({ kind: 'fetch', why });

/** Those of a fetch by refspecs that each name one ref; undefined: one is none of these, or of one it is not told what it is. */
export function wantedPlaces(
  refspecs: readonly string[],
  tipOf: (ref: RefName) => ObjectName | undefined,
): readonly WantedPlace[] | undefined {
  const wanted = refspecs.map((text) => {
    const { source = '', destination = '' } = parseRefspec(text, 'fetch') ?? {};
    const [ref, place] = [parseRefName(source), parseRefName(destination)];
    const tip = ref && tipOf(ref);
    return ref && place && tip && { source: ref, place, tip };
  });
  return wanted.every((each) => each !== undefined) ? wanted : undefined;
}

/**
 * Only what goes forward, by the word of a fetch that has just done the same: of all else git decides whether it may be, and
 * says what it was. So of a new name: the server may hide it from who fetches (`transfer.hideRefs`), but not from whoever
 * tells of it.
 */
export function movesHere(wanted: readonly WantedPlace[], { knownTip, loose }: LookHere): MovesHere {
  const moves: MoveHere[] = [];
  for (const { source, place, tip } of wanted) {
    const now = loose(place);
    if (now === tip) continue;
    const known = knownTip(tip);
    if (known === undefined || loose(known.ref) !== tip) return fetch('what it has is not known to be here');
    if (now === undefined) return fetch('nobody knows what is here of it');
    const [only, ...others] = known.aheadOf;
    // One that is packed is moved only if it is that; a new one is not.
    const old = now !== 'none' ? now : others.length === 0 ? only : undefined;
    if (old === undefined) return fetch('nobody knows from where it goes');
    if (!known.aheadOf.has(old)) return fetch('nobody knows whether it goes forward');
    moves.push({ source, place, tip, old });
  }
  return { kind: 'here', moves };
}
