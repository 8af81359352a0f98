// Owns: whether it is believed that refs are gone from a remote: a few at once, many only when it is said again later. Pure.
// Leaves: which refs are gone (stale-refs.ts), asking again (main/supervisor/remote/sync-step.ts), deleting (main/git/prune.ts).
import type { RefName } from '../remote.ts';
import type { KeptRefs } from './stale-refs.ts';

/** Refs that a remote was seen to lack, and that are not deleted here for that yet. */
export interface Doubt {
  readonly gone: readonly RefName[];
  /** How many listings in a row lacked these. */
  readonly looks: number;
  /** How often in a row there was something to doubt. */
  readonly doubts: number;
  /** When it is to be looked again, in ms since the epoch. */
  readonly againAtMs: number;
}

export type Belief =
  | { readonly kind: 'delete'; readonly refs: readonly RefName[] }
  | { readonly kind: 'doubt'; readonly doubt: Doubt };

/**
 * So many may go at once without being asked for twice. To doubt more costs a deletion that was meant no more than a
 * moment, so this is low: a repository that is being removed, or changes its format, lacks all that was packed, or loose.
 */
const FEW = 2;
/** Listings that have to agree, each of a process of its own. To have lost everything is hardly ever meant. */
const LOOKS = { many: 2, everything: 3 } as const;
/** The first wait, which doubles: `git refs migrate`, and `rm -r` of a small repository, are over by then. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 120_000;

/** That this is to be looked at again soon, whatever it looked like. */
export const anew = (gone: readonly RefName[], nowMs: number): Doubt => ({
  gone,
  looks: 0,
  doubts: 1,
  againAtMs: nowMs + FIRST_WAIT_MS,
});

/** Whether what says that so many of them are gone is not to be believed at once: all, more than half, or more than a few. */
export const isLoss = (gone: number, kept: number): boolean => gone > FEW || (gone > 0 && gone * 2 > kept);

/** `before`: the doubt that the last listing left, if it left one. `nowMs` of monotonicMs. */
export function judgeStale(found: KeptRefs, before: Doubt | undefined, nowMs: number): Belief {
  const { kept, stale } = found;
  if (!isLoss(stale.length, kept)) return { kind: 'delete', refs: stale };
  const lacked = new Set(before?.gone);
  // One that lacks yet others shows that it is not over.
  const isSame = before !== undefined && stale.every((ref) => lacked.has(ref));
  if (isSame && nowMs < before.againAtMs) return { kind: 'doubt', doubt: before };
  const looks = (isSame ? before.looks : 0) + 1;
  if (looks >= (stale.length === kept ? LOOKS.everything : LOOKS.many)) return { kind: 'delete', refs: stale };
  const doubts = (before?.doubts ?? 0) + 1;
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** (doubts - 1), LONGEST_WAIT_MS);
  return { kind: 'doubt', doubt: { gone: stale, looks, doubts, againAtMs: nowMs + waitMs } };
}
