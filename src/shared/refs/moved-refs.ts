// Owns: gathering which refs have moved, until that is told; of too many, only that something has.
// Leaves: who tells of them (workers), and what is done about it (main/supervisor/remote).
import type { RefMove, RefName } from '../remote.ts';

/** Of more, nobody wants to know the names. */
const MOST_NAMES = 1_000;
/** The same in their characters: a server may make a name as long as a line. */
const MOST_CHARACTERS = 64 * 1024;

/** `refs` is absent where it is not known which they are, or not of all. */
export interface Moved {
  readonly refs?: readonly RefMove[];
}

export interface MovedRefs {
  readonly add: (move: RefMove) => void;
  /** Something moved that has no name. */
  readonly addUnnamed: () => void;
  /** What has moved since the last time; undefined: nothing. */
  readonly take: () => Moved | undefined;
}

type Gathered =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'named'; readonly refs: Map<RefName, RefMove>; characters: number }
  | { readonly kind: 'something' };

/** Of a ref that moves again only the last move is kept. */
export function gatherMovedRefs(): MovedRefs {
  let gathered: Gathered = { kind: 'nothing' };
  return {
    add: (move) => {
      if (gathered.kind === 'something') return;
      if (gathered.kind === 'nothing') gathered = { kind: 'named', refs: new Map(), characters: 0 };
      const { refs } = gathered;
      if (!refs.has(move.ref)) gathered.characters += move.ref.length;
      refs.set(move.ref, move);
      if (refs.size > MOST_NAMES || gathered.characters > MOST_CHARACTERS) gathered = { kind: 'something' };
    },
    addUnnamed: () => {
      gathered = { kind: 'something' };
    },
    take: () => {
      const before = gathered;
      gathered = { kind: 'nothing' };
      if (before.kind === 'nothing') return undefined;
      return before.kind === 'named' ? { refs: [...before.refs.values()] } : {};
    },
  };
}
