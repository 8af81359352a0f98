// Owns: which of the refs that a fetch left as they are here a person was told of, and which are news. Pure.
// Leaves: the words (shared/refs/left-out.ts), and saying them (syncing.ts).

export interface LeftOutTold {
  /** So many at most. */
  readonly refs: readonly string[];
  /** How many there were besides. */
  readonly more: number;
}

export const NOTHING_LEFT_OUT: LeftOutTold = { refs: [], more: 0 };

/** More are counted: a remote may have hundreds of thousands in the way, and a person reads the first few. */
const MOST_KEPT = 1_000;

/**
 * `leftOut`: by the last fetch, in an order that stays; `isPart`: it has not looked at all. `news`: those to be told of,
 * each once for as long as it is left out.
 */
export function tellOnce<Ref extends { readonly ref: string }>(
  told: LeftOutTold,
  leftOut: readonly Ref[],
  isPart: boolean,
): { readonly told: LeftOutTold; readonly news: readonly Ref[] } {
  const known = new Set(told.refs);
  const others = leftOut.filter(({ ref }) => !known.has(ref));
  const now = (isPart ? others : leftOut).map(({ ref }) => ref);
  const refs = (isPart ? [...told.refs, ...now] : now).slice(0, MOST_KEPT);
  const all = isPart ? told.refs.length + Math.max(told.more, others.length) : leftOut.length;
  // Which those are that were only counted is not known: as many as before are they.
  return { told: { refs, more: all - refs.length }, news: others.length > told.more ? others : [] };
}
