// Owns: deleting what is kept here of a few refs that a remote is said to have no more, each asked for by its name at a process there that was not started before.
// Leaves: which these are (shared/refs/exact-fetch.ts), and looking at all refs (prune.ts), which follows where this is not certain.
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../shared/git-environment.ts';
import { keptPlaces } from '../../shared/refs/all-here.ts';
import { type GoneRef, keptAt } from '../../shared/refs/exact-fetch.ts';
import type { ObjectName, RefMove, RefName, RemoteName, WantedRefs } from '../../shared/remote.ts';
import { type Tips, withTips } from './beside/tips.ts';
import { fetchArguments } from './fetch-commands.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import type { Fetching } from './one-fetch.ts';
import { type GitExit, STDERR_CHARACTERS } from './run-git.ts';

export interface NamedDeletions {
  /** Not more than are believed to be gone at once. */
  readonly gone: readonly GoneRef[];
  /** Of the remote. */
  readonly refspecs: WantedRefs['refspecs'];
  /** What was told after these; undefined: that is not known of all that moved. */
  readonly since: () => readonly RefMove[] | undefined;
}

export interface DeletionRequest {
  readonly remote: RemoteName;
  readonly deletions: NamedDeletions;
  /** As in FetchRequest. */
  readonly freshRelay: Environment | undefined;
}

/** `none`: none of them is here. `whole`: none was deleted, and all refs are to be looked at. */
export type DeletedNamed = 'done' | 'none' | 'whole';

interface KeptHere extends GoneRef {
  readonly tip: ObjectName;
}

/** What is here is read before the remote is asked: what is written here meanwhile is not deleted. */
export async function deleteNamed(
  { steps, place, own, seen }: Fetching,
  { remote, deletions, freshRelay }: DeletionRequest,
): Promise<DeletedNamed> {
  const { gone, since } = deletions;
  const { commonDir } = place;
  const look = commonDir === undefined ? undefined : lookHere(commonDir, deletions);
  if (look === undefined) return 'whole';
  if (look.kept.length === 0) return 'none';
  for (const { source } of look.kept) {
    const args = fetchArguments(remote, ['--dry-run', '--no-prune', '--no-tags'], [...look.witnesses, source]);
    const exit = await steps.git(args, { ...own, ...freshRelay });
    if (!saysItIsGone(exit, source)) return 'whole';
  }
  if (mayBeMore(since(), gone)) return 'whole';
  const orders = look.kept.map((each) => `delete ${each.place} ${each.tip}\n`).join('');
  const deleted = await steps.git([...LOCK_PATIENCE, 'update-ref', '--no-deref', '--stdin'], own, { input: orders });
  if (deleted.status !== 0) return 'whole';
  for (const each of look.kept) seen.add({ ref: each.place, old: each.tip, how: 'deleted' });
  return 'done';
}

interface LookHere {
  readonly kept: readonly KeptHere[];
  /** Refs of the remote that are to be there still: a repository that is being removed lacks these, too. */
  readonly witnesses: readonly RefName[];
}

/** Of which two that are gone are less than the half (shared/refs/loss.ts). */
const WITNESSES = 5;
/** And so many next to what is gone, as its folder may be going. */
const NEIGHBOURS = 2;
/** What is here of other remotes may be among them. */
const MOST_READ = 16;

/** undefined: the files do not tell, or there is too little besides. */
function lookHere(commonDir: string, { gone, refspecs }: NamedDeletions): LookHere | undefined {
  return withTips(commonDir, (tips) => {
    const found = gone.map((each) => ({ ...each, tip: tips.of(each.place) }));
    if (found.some(({ tip }) => tip === undefined)) return undefined;
    const kept = found.flatMap(({ tip, ...each }) => (tip === undefined || tip === 'none' ? [] : { ...each, tip }));
    if (kept.length === 0) return { kept, witnesses: [] };
    if (!kept.every(({ place }) => isSpelledSo(commonDir, place))) return undefined;
    const sourceOf = keptAt(refspecs);
    const sourcesOf = (places: Iterable<RefName>): RefName[] =>
      [...places]
        .flatMap((place) => sourceOf(place) ?? [])
        .filter((name) => !gone.some(({ source }) => source === name));
    // From all over: of a listing that was cut short there the beginning may be left.
    const all = keptPlaces({ refspecs, tags: false }).flatMap((folder) => [
      ...sourcesOf(tips.spreadUnder(folder, WITNESSES)),
      ...sourcesOf(packedFrom(tips, folder)),
    ]);
    const far = [...new Set(all)].slice(0, WITNESSES);
    const folders = new Set(kept.map(({ place }) => place.slice(0, place.lastIndexOf('/') + 1)));
    const near = [...folders].flatMap((folder) => sourcesOf(packedFrom(tips, folder)).slice(0, NEIGHBOURS));
    return far.length < WITNESSES ? undefined : { kept, witnesses: [...new Set([...far, ...near])] };
  });
}

/** Where a file system takes names for one that are spelt otherwise, the file may be that of another ref. */
function isSpelledSo(commonDir: string, ref: RefName): boolean {
  const file = path.join(commonDir, ref);
  if (!existsSync(file)) return true;
  const words = ref.split('/');
  return words.every((word, at) => readdirSync(path.join(commonDir, ...words.slice(0, at))).includes(word));
}

function* packedFrom(tips: Tips, folder: string): Generator<RefName> {
  let name: RefName | undefined = tips.nextPacked(folder);
  for (let read = 0; name !== undefined && read < MOST_READ; read += 1) {
    yield name;
    name = tips.nextPacked(name);
  }
}

/** git dies of the first that it was asked for and that is not there, so those before are. */
function saysItIsGone({ status, stderr }: GitExit, source: RefName): boolean {
  const [fatal = '', ...others] = stderr
    .split('\n')
    // Names may end in what looks blank.
    .map((line) => line.replace(/[ \r]+$/, ''))
    .filter((line) => line !== '')
    .reverse();
  // Of a ref that is broken there it says so and lists it not: before, of which but the last was kept.
  const isNamed = others.some((line) => line.includes(source));
  const [, lacking] = /^fatal: couldn't find remote ref (.+)$/i.exec(fatal) ?? [];
  return status === 128 && stderr.length < STDERR_CHARACTERS && !isNamed && lacking === source;
}

/** Whether it was told since that others are gone, or that one of these is not. */
const mayBeMore = (since: readonly RefMove[] | undefined, gone: readonly GoneRef[]): boolean =>
  since === undefined ||
  since.some(({ ref, tip }) => tip === undefined || tip === 'unknown' || gone.some(({ source }) => source === ref));
