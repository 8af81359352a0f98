// Owns: which refs were said to have moved since the last fetch began, as far as all of them are known. Pure.
// Leaves: what a fetch makes of them (shared/refs/exact-fetch.ts), and who said it (news.ts).
import { MOST_NAMED } from '../../../shared/refs/exact-fetch.ts';
import type { RefMove } from '../../../shared/remote.ts';

/** `unnamed`: others may have moved besides. Of a ref that moved again only the last move is kept. */
export type ToldMoves = readonly RefMove[] | 'unnamed';

export const NOTHING_TOLD: ToldMoves = [];

/** `refs` undefined: it is not known which. */
export function withTold(before: ToldMoves, refs: readonly RefMove[] | undefined): ToldMoves {
  if (before === 'unnamed' || refs === undefined) return 'unnamed';
  const moves = new Map([...before, ...refs].map((move) => [move.ref, move]));
  return moves.size > MOST_NAMED ? 'unnamed' : [...moves.values()];
}

/** `refs` are as they were told by now: of those told before, that is what holds. */
export function asLastTold(before: ToldMoves, refs: readonly RefMove[]): ToldMoves {
  if (before === 'unnamed') return before;
  const last = new Map(refs.map((move) => [move.ref, move]));
  return before.map((move) => last.get(move.ref) ?? move);
}

/** Nobody tells any more what becomes of them. */
export const untold = (before: ToldMoves): ToldMoves => (before.length === 0 ? before : 'unnamed');
