// Owns: what names of refs and of objects, as the control protocol's CHANGED has them, mean here now.
// Leaves: to whom that is told (main/serve), and pushing them (push.ts).
import { type ObjectName, parseObjectName, parseRefName, type RefMove, type RefName } from '../../shared/remote.ts';
import type { GitExit } from './run-git.ts';

export interface NamedRefs {
  readonly refs: readonly RefMove[];
  readonly objects: readonly ObjectName[];
}

/** Asks git once, and not at all where no ref is named. What git does not tell of is told without its object. */
export async function lookUpRefs(
  names: readonly string[],
  git: (args: readonly string[]) => Promise<Pick<GitExit, 'stdout'> & { readonly ok: boolean }>,
): Promise<NamedRefs> {
  const objects = names.flatMap((name) => parseObjectName(name) ?? []);
  const refs = [...new Set(names.flatMap((name) => parseRefName(name) ?? []))];
  if (refs.length === 0) return { refs: [], objects };
  const listed = await git(['for-each-ref', '--format=%(objectname) %(refname)', ...refs]);
  const tips = tipsIn(listed.stdout);
  const tipOf = (ref: RefName): RefMove['tip'] => (listed.ok ? tips.get(ref) : 'unknown');
  return { refs: refs.map((ref) => ({ ref, tip: tipOf(ref) })), objects };
}

/** Of a name that others begin with, those are listed, too. */
function tipsIn(listing: string): ReadonlyMap<string, ObjectName> {
  return new Map(
    listing.split('\n').flatMap((line) => {
      const space = line.indexOf(' ');
      const tip = parseObjectName(line.slice(0, space));
      return tip === undefined ? [] : [[line.slice(space + 1), tip] as const];
    }),
  );
}
