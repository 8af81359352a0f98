// Owns: which ref here takes the name of another: one cannot be both a ref and a folder of refs.
// Leaves: what follows from that (not-brought.ts, workers/refs/left-behind.ts).
import type { RefName } from '../remote.ts';
import type { RefAdvertisement } from './ref-advertisement.ts';

/** Says of a place the ref here because of which nothing can be kept there. */
export function nameTakenBy(here: RefAdvertisement): (place: RefName) => RefName | undefined {
  /** Each folder with a ref that is in it; made when it is asked for. */
  let folders: ReadonlyMap<string, RefName> | undefined;
  return (place) => {
    folders ??= new Map([...here.keys()].flatMap((ref) => foldersAbove(ref).map((folder) => [folder, ref] as const)));
    return foldersAbove(place).find((folder) => here.has(folder)) ?? folders.get(place);
  };
}

/** Below `refs/`, of which the first part is never a ref. */
function foldersAbove(ref: RefName): RefName[] {
  const folders: RefName[] = [];
  for (let end = ref.lastIndexOf('/'); end > 'refs/'.length; end = ref.lastIndexOf('/', end - 1))
    folders.push(ref.slice(0, end) as RefName);
  return folders;
}
