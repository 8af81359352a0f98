// Owns: which refs below the places of a remote that is no more were made by a fetch that ran while it went. Pure.
// Leaves: finding and deleting them (main/git/gone-remotes.ts).
import type { ObjectName, RefName } from '../remote.ts';
import { TRACKING } from './fetch-plan.ts';
import { fullDestination, parseRefspec, starIn, storesRefs } from './refspec.ts';

/** A ref that is there still. */
export interface LeftRef {
  readonly ref: RefName;
  readonly tip: ObjectName;
  /** Whether the daemon's fetch made it anew, when it is known that it did. */
  readonly isNew: boolean;
}

export type Ghosts =
  | { readonly kind: 'none' }
  | { readonly kind: 'ghosts'; readonly refs: readonly LeftRef[] }
  /** Some of them may yet be taken away or renamed by whoever took the remote away. */
  | { readonly kind: 'undecided' };

/**
 * `git remote remove` and `rename` leave no ref that was there when they looked: what is left was made since. Where others
 * are left as well, somebody took the remote out of the config and wanted to keep its refs, or git is at it still.
 */
export function findGhosts(left: readonly LeftRef[]): Ghosts {
  if (!left.some(({ isNew }) => isNew)) return { kind: 'none' };
  return left.every(({ isNew }) => isNew) ? { kind: 'ghosts', refs: left } : { kind: 'undecided' };
}

/** Whether a ref was kept of that remote, and of no other. `gone`, `others`: refspecs. */
export function keptOnlyOf(gone: readonly string[], others: readonly string[]): (ref: RefName) => boolean {
  const ofGone = destinations(gone);
  const ofOthers = destinations(others);
  return (ref) =>
    TRACKING.some((place) => ref.startsWith(place)) &&
    ofGone.some((star) => star(ref) !== undefined) &&
    !ofOthers.some((star) => star(ref) !== undefined);
}

const destinations = (texts: readonly string[]) =>
  texts.flatMap((text) => {
    const refspec = parseRefspec(text, 'fetch');
    return refspec && storesRefs(refspec) ? [starIn(fullDestination(refspec.destination ?? ''))] : [];
  });
