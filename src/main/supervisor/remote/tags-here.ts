// Owns: whether every tag that a remote has is known to be here, so that a fetch of its branches has none to follow. Pure.
// Leaves: comparing (workers/refs), and seeing that a tag here was taken away (main/git/tags-mark.ts).
import type { RefMove } from '../../../shared/remote.ts';

export type TagsHere =
  | { readonly kind: 'unknown' }
  /** A comparison was asked for by this number, and no tag was told to have moved since. `mark`: of those that were here then. */
  | { readonly kind: 'asked'; readonly asked: number; readonly mark: string }
  /** It found all of them. */
  | { readonly kind: 'all'; readonly mark: string };

export const TAGS_UNKNOWN: TagsHere = { kind: 'unknown' };

export const tagsAsked = (asked: number, mark: string | undefined): TagsHere =>
  mark === undefined ? TAGS_UNKNOWN : { kind: 'asked', asked, mark };

/** `asked`: the last order before it looked. */
export function tagsCompared(before: TagsHere, asked: number, areAllHere: boolean): TagsHere {
  if (!areAllHere) return TAGS_UNKNOWN;
  return before.kind === 'asked' && before.asked === asked ? { kind: 'all', mark: before.mark } : before;
}

/** `refs` undefined: it is not known which moved. */
export const tagsAfter = (before: TagsHere, refs: readonly RefMove[] | undefined): TagsHere =>
  refs?.every(({ ref }) => !ref.startsWith('refs/tags/')) ? before : TAGS_UNKNOWN;

/** `mark`: as the tags here are now. */
export const hasAllTags = (tags: TagsHere, mark: () => string | undefined): boolean =>
  tags.kind === 'all' && tags.mark === mark();
