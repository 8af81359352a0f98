// Owns: whether anything moved between two states of a repository's refs, and which refs did. Pure.
// Leaves: reading the states (refs-on-disk.ts).
import { parseObjectName, parseRefName, type RefMove } from '../../shared/remote.ts';
import type { RefsOnDisk } from './refs-on-disk.ts';

/** `refs` only where it is certain that these are all, and what each is now; HEAD, if it follows one, is not named. */
export type RefChange = { readonly kind: 'none' } | { readonly kind: 'moved'; readonly refs?: readonly RefMove[] };

/** More names than a message should hold. */
const MOST_NAMED = 500;

/**
 * `git gc` and `pack-refs` move nothing: they take loose files away whose values have been packed. A file that was
 * written counts as moved though it may hold what it held: a fetch in between has seen the other value.
 */
export function changeBetween(before: RefsOnDisk, after: RefsOnDisk): RefChange {
  if (!before.comparable || !after.comparable || needsUnread(before, after)) return { kind: 'moved' };
  const values = packedValues(after);
  const changed = changedRefs(before, after, values);
  const isUnnamed = before.head?.stamp !== after.head?.stamp || before.tables !== after.tables;
  if (changed.length === 0 && !isUnnamed) return { kind: 'none' };
  const refs = isUnnamed ? undefined : movesOf(changed, after, values);
  return refs ? { kind: 'moved', refs } : { kind: 'moved' };
}

/** Whether only packed refs that are too many to be read could tell what a ref is now, or which moved. */
function needsUnread(before: RefsOnDisk, after: RefsOnDisk): boolean {
  if (!before.packed?.isTooBig && !after.packed?.isTooBig) return false;
  return before.packed?.stamp !== after.packed?.stamp || [...before.loose.keys()].some((ref) => !after.loose.has(ref));
}

/** Parsed only when it is asked for: the file may be long, and mostly nothing depends on it. */
type Packed = () => ReadonlyMap<string, string>;

function changedRefs(before: RefsOnDisk, after: RefsOnDisk, is: Packed): readonly string[] {
  const was = packedValues(before);
  const repacked = before.packed?.stamp !== after.packed?.stamp;
  const packed = repacked ? [...was().keys(), ...is().keys()] : [];
  const names = new Set([...before.loose.keys(), ...after.loose.keys(), ...packed]);
  return [...names].filter((ref) => {
    const [old, now] = [before.loose.get(ref), after.loose.get(ref)];
    return now ? now.stamp !== old?.stamp : (old?.text ?? was().get(ref)) !== is().get(ref);
  });
}

function movesOf(changed: readonly string[], after: RefsOnDisk, packed: Packed): readonly RefMove[] | undefined {
  // A symbolic ref moves with the one it leads to, and is not among those that changed.
  const targets = new Set(changed.map((ref) => `ref: ${ref}`));
  if (changed.length > MOST_NAMED || [...after.loose.values()].some(({ text }) => targets.has(text))) return undefined;
  const moves: RefMove[] = [];
  for (const name of changed) {
    const ref = parseRefName(name);
    const value = after.loose.get(name)?.text ?? packed().get(name);
    const tip = value === undefined ? undefined : parseObjectName(value);
    if (ref === undefined || (value !== undefined && tip === undefined)) return undefined;
    moves.push({ ref, tip });
  }
  return moves;
}

/** `<object name> <ref>` a line; `#` begins the header, `^` what a tag leads to (git-pack-refs(1)). */
function packedValues({ packed }: RefsOnDisk): Packed {
  let values: ReadonlyMap<string, string> | undefined;
  return () => {
    values ??= new Map(
      (packed?.text ?? '').split('\n').flatMap((line) => {
        const space = line.indexOf(' ');
        return space === -1 || line.startsWith('#') ? [] : [[line.slice(space + 1), line.slice(0, space)] as const];
      }),
    );
    return values;
  };
}
