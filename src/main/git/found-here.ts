// Owns: moving refs here to what a remote is told to have, where a fetch from another remote has just brought all of it.
// Leaves: whether that comes to the same as a fetch (shared/refs/moves-here.ts), the transactions (move-together.ts), and a fetch where it does not (fetch.ts).
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RefMove } from '../../shared/events.ts';
import { type KnownTip, type MoveHere, type MovesHere, movesHere, wantedPlaces } from '../../shared/refs/moves-here.ts';
import { type ObjectName, parseObjectName, parseRefName, type RefName, type Remote } from '../../shared/remote.ts';
import type { NamedMoves } from './git-requests.ts';
import type { WantedMove } from './move-refs.ts';
import { createMoveTogether, type MoveTogether } from './move-together.ts';
import type { Fetching } from './one-fetch.ts';
import type { DoneOutcome } from './operation.ts';
import { looseRef } from './refs-here.ts';

/** What a remote has, as it is told, where that may be here already. */
export interface MayBeHere {
  /** How refs are to be moved, as it is now. */
  readonly look: () => MovesHere;
  readonly isAt: (ref: RefName, tip: ObjectName) => boolean;
  readonly move: MoveTogether;
}

export interface FoundTips {
  /** A fetch from it has moved these. */
  readonly brought: (remote: Remote, moved: readonly RefMove[]) => void;
  /** `refspecs`: by which what is named is fetched; undefined: a fetch might do more than to keep these. */
  readonly mayBeHere: (
    remote: Remote,
    named: NamedMoves | undefined,
    refspecs: () => readonly string[] | undefined,
  ) => MayBeHere | undefined;
  /** What a fetch calls forward is the config's affair (`fetch.showForcedUpdates`): what is known is forgotten. */
  readonly configChanged: () => void;
}

/** A burst is over long before so many have come. */
const MOST_TIPS = 1_000;
const MOST_BEHIND = 8;

export function createFoundTips(commonDir: string): FoundTips {
  const move = createMoveTogether();
  const tips = new Map<ObjectName, KnownTip>();
  const note = ({ ref: name, old, new: now, how }: RefMove): void => {
    const [ref, tip] = [parseRefName(name), parseObjectName(now ?? '')];
    if (ref === undefined || tip === undefined || !ref.startsWith('refs/remotes/')) return;
    const before = how === 'forwarded' && old !== undefined ? parseObjectName(old) : undefined;
    const aheadOf = [...(tips.get(tip)?.aheadOf ?? []), ...(before ? [before] : [])].slice(-MOST_BEHIND);
    tips.delete(tip);
    tips.set(tip, { ref, aheadOf: new Set(aheadOf) });
    for (const oldest of tips.keys()) if (tips.size > MOST_TIPS) tips.delete(oldest);
  };
  return {
    brought: ({ comparison, plan }, moved) => {
      // Of what a part was brought of, git alone knows what is here.
      if (comparison === undefined || comparison.isPartial || plan) return;
      for (const move of moved) note(move);
    },
    mayBeHere: ({ comparison }, named, refspecs) => {
      if (named === undefined || named.mayBeOld || comparison === undefined || comparison.allTags) return undefined;
      const told = new Map(named.moves.map(({ ref, tip }) => [ref, parseObjectName(tip ?? '')]));
      // In the order of what they cost: of most news nothing is known.
      if ([...told.values()].some((tip) => tip === undefined || !tips.has(tip))) return undefined;
      const places = named.hasAllTags ? wantedPlaces(refspecs() ?? [], (ref) => told.get(ref)) : undefined;
      if (places === undefined || places.length === 0 || !isPlainHere(commonDir)) return undefined;
      const looking = {
        knownTip: (tip: ObjectName) => tips.get(tip),
        loose: (ref: RefName) => looseRef(commonDir, ref),
      };
      return { look: () => movesHere(places, looking), isAt: (ref, tip) => looking.loose(ref) === tip, move };
    },
    configChanged: () => tips.clear(),
  };
}

/** Of a shallow clone git has more to do than to move refs; in a table no ref has a file. */
const isPlainHere = (commonDir: string): boolean =>
  !['shallow', 'reftable'].some((name) => existsSync(path.join(commonDir, name)));

export interface FoundHere {
  /** Absent: not all is here, or could be moved, and a fetch is to see to it. */
  readonly outcome?: DoneOutcome;
  /** Refs were moved all the same. */
  readonly moves: boolean;
}

export async function moveToFound(
  { steps, place, own, seen }: Fetching,
  { look, isAt, move }: MayBeHere,
): Promise<FoundHere> {
  const before = look();
  if (before.kind === 'fetch') {
    place.debug?.(() => `has to fetch: ${before.why}`);
    return { moves: false };
  }
  if (before.moves.length === 0) return { outcome: { ok: true, isPart: true, nothingNew: true }, moves: false };
  let moves: readonly WantedMove[] = [];
  // As git itself looks what is here before it moves a ref.
  const lookAgain = (): readonly WantedMove[] => {
    const now = look();
    moves = now.kind === 'here' ? now.moves.map(asMove) : [];
    return moves;
  };
  const seesOther = place.seesOther ?? (() => false);
  const made = await steps.shared(() => move({ look: lookAgain, env: own, steps, seesOther }));
  // One that was ended may have moved more than it could say.
  const isMade = moves.map(({ ref, new: tip }, index) => index < made || isAt(ref, tip));
  for (const [index, { source: _, ...each }] of moves.entries()) if (isMade[index]) seen.add(each);
  const areAll = moves.length > 0 && !isMade.includes(false);
  return areAll ? { outcome: { ok: true, isPart: true }, moves: true } : { moves: isMade.includes(true) };
}

const asMove = ({ source, place: ref, tip, old }: MoveHere): WantedMove => ({
  source,
  ref,
  old,
  new: tip,
  how: 'forwarded',
});
