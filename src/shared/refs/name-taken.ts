// Owns: which ref here takes the name of another: one cannot be both a ref and a folder of refs.
// Leaves: what follows from that (not-brought.ts, held-refs.ts, workers/refs/left-behind.ts).
import type { RefName } from '../remote.ts';

/** Says of a place the ref here because of which nothing can be kept there. `here` is read once, when that is asked for. */
export function nameTakenBy(...here: readonly Iterable<RefName>[]): (place: RefName) => RefName | undefined {
  const names = new Set<RefName>();
  /** Each folder with a ref that is in it; made when it is asked for. */
  let folders: ReadonlyMap<string, RefName> | undefined;
  return (place) => {
    folders ??= foldersOf(here, names);
    return foldersAbove(place).find((folder) => names.has(folder)) ?? folders.get(place);
  };
}

function foldersOf(here: readonly Iterable<RefName>[], names: Set<RefName>): ReadonlyMap<string, RefName> {
  const folders = new Map<string, RefName>();
  for (const refs of here)
    for (const ref of refs) {
      names.add(ref);
      for (const folder of foldersAbove(ref)) folders.set(folder, ref);
    }
  return folders;
}

/** Below `refs/`, of which the first part is never a ref. */
export function foldersAbove(ref: RefName): RefName[] {
  const folders: RefName[] = [];
  for (let end = ref.lastIndexOf('/'); end > 'refs/'.length; end = ref.lastIndexOf('/', end - 1))
    folders.push(ref.slice(0, end) as RefName);
  return folders;
}
