// Owns: gathering which refs an operation has moved: each once, however often it moved, and no more than are told.
// Leaves: what a move is (events.ts), who sees it (main/git), and the words for it (move-words.ts).
import { MOST_MOVES, type RefMove, type SyncTold } from './events.ts';

export type Moves = Pick<SyncTold, 'moved' | 'movedBesides'>;

export interface MovesGathered {
  readonly add: (move: RefMove) => void;
  readonly now: () => Moves;
}

/** Of their names: a server may make one as long as a line. */
const MOST_CHARACTERS = 64 * 1024;

export const NO_MOVES: Moves = { moved: [] };

/** In the order in which each ref moved first. */
export function gatherMoves(): MovesGathered {
  const moves = new Map<string, RefMove>();
  let characters = 0;
  let besides = 0;
  return {
    add: (move) => {
      const before = moves.get(move.ref);
      if (before) {
        const both = joined(before, move);
        if (both) moves.set(move.ref, both);
        else moves.delete(move.ref);
      } else if (moves.size < MOST_MOVES && characters + move.ref.length <= MOST_CHARACTERS) {
        characters += move.ref.length;
        moves.set(move.ref, move);
      } else besides += 1;
    },
    now: () => ({ moved: [...moves.values()], ...(besides > 0 && { movedBesides: besides }) }),
  };
}

/** Two moves of one ref, one after the other, as one; undefined: it is where it was. */
export function joined(first: RefMove, second: RefMove): RefMove | undefined {
  const { ref } = first;
  const old = first.how === 'new' ? undefined : (first.old ?? (first.how === 'deleted' ? undefined : second.old));
  const next = second.how === 'deleted' ? undefined : second.new;
  const ends = { ref, ...(old !== undefined && { old }), ...(next !== undefined && { new: next }) };
  if (first.how === 'new') return second.how === 'deleted' ? undefined : { ...ends, how: 'new' };
  if (second.how === 'deleted') return { ...ends, how: 'deleted' };
  if (old !== undefined && old === next) return undefined;
  const isForward = first.how === 'forwarded' && second.how === 'forwarded';
  return { ...ends, how: isForward ? 'forwarded' : 'forced' };
}
