// Owns: whether the clone has of each watched remote what it must have, by asking git on both sides.
// Leaves: the rules (ref-image.ts), and when this must hold (quiet.ts).
import type { TestRepo } from '../support/temp-repo.ts';
import { isFrozen, type Model } from './model.ts';
import { isWatched, type ModelRemote, NAMES, type Name } from './model-remote.ts';
import { imageOf, leftOver, type Refs, refFaults, tagFaults } from './ref-image.ts';
import type { World } from './world.ts';

/** What is missing, wrong or left over. Notes in the model what a watcher that tells of no deletions has missed. */
export async function refsNotKept(model: Model, world: World): Promise<string[]> {
  const { remotes } = model;
  const here = (await listRefs(world.clone)).refs;
  const faults: string[] = [];
  for (const name of NAMES.filter((each) => isWatched(remotes[each]))) {
    if (isFrozen(remotes[name], model)) faults.push(...thawed(remotes[name], name, here));
    // One that nobody tells of changes for long knows of none.
    if (!remotes[name].pulls || remotes[name].command === 'ends') continue;
    const there = await listRefs(world.servers[name]);
    if (model.fetchMode === 'prefetch') faults.push(...prefetchFaults(remotes[name], there.refs, here));
    else faults.push(...(await fetchFaults(model, name, there, here, world.clone)));
  }
  return faults;
}

async function fetchFaults(
  { remotes, shortChecks }: Model,
  name: Name,
  there: Listing,
  here: Refs,
  clone: TestRepo,
): Promise<string[]> {
  const remote = remotes[name];
  const setBack = await refsSetBack(imageOf(there.refs, remote.refspecs), here, clone);
  const kept = { there: there.refs, here: new Map([...here, ...setBack]), refspecs: remote.refspecs };
  const isLenient = !shortChecks && (remote.hasMissed || remote.mayMiss);
  remote.hasMissed = isLenient && remote.prunes && leftOver(kept).length > 0;
  const faults = refFaults({ ...kept, exact: remote.prunes && !isLenient });
  return [...faults, ...(await tagsNotKept(remote, there, here, clone))];
}

/** What git-fetch(1) says of --prefetch; what it leaves out and prunes there is its own affair. */
function prefetchFaults({ refspecs }: ModelRemote, there: Refs, here: Refs): string[] {
  const prefetched = refspecs.map((refspec) => refspec.replace(':refs/', ':refs/prefetch/'));
  return refFaults({ there, here, refspecs: prefetched, exact: false });
}

/** What moved of remote-tracking refs that nothing but a push was to move; these are noted where they are not known. */
function thawed(remote: ModelRemote, name: Name, here: Refs): string[] {
  if (remote.edits.kind !== 'known') return [];
  const own = new RegExp(`^refs/remotes/${name}(?:-else)?/(?!own/|mine$)`);
  const now: Refs = new Map([...here].filter(([ref]) => own.test(ref)));
  const before = remote.frozen ?? now;
  remote.frozen = before;
  return [...new Set([...before.keys(), ...now.keys()])]
    .filter((ref) => before.get(ref) !== now.get(ref))
    .map((ref) => `${ref} was to stay at ${before.get(ref)} and is at ${now.get(ref)}`);
}

/**
 * Where git makes a ref that it found missing, it does not look whether somebody else has made it meanwhile (2.39,
 * builtin/fetch.c): so a fetch of the user's that was slow can take back what the daemon's has just brought. Nobody can
 * see that but by comparing; these refs are given with what the daemon's fetch, or its push, had made of them.
 */
async function refsSetBack(image: Refs, here: Refs, clone: TestRepo): Promise<Refs> {
  const setBack = new Map<string, string>();
  for (const [ref, tip] of image) {
    if (!here.has(ref) || here.get(ref) === tip) continue;
    const [last = '', before = ''] = (await clone.git('reflog', 'show', '--format=%H %gs', ref)).split('\n');
    const isByUser = / fetch .*: storing head$/.test(last);
    if (isByUser && [`${tip} remote-daemon`, `${tip} update by push`].some((sign) => before.startsWith(sign))) {
      setBack.set(ref, tip);
    }
  }
  return setBack;
}

async function tagsNotKept({ tagOpt }: ModelRemote, there: Listing, here: Refs, clone: TestRepo): Promise<string[]> {
  if (tagOpt === '--no-tags') return [];
  const missing = [...there.leadsTo].filter(([ref]) => ref.startsWith('refs/tags/') && !here.has(ref));
  const known = new Set<string>();
  for (const [ref, object] of tagOpt === 'default' ? missing : []) if (await isHere(clone, object)) known.add(ref);
  const follow = tagOpt === '--tags' ? 'all' : 'known';
  return tagFaults({ there: there.refs, here, follow, isKnown: (tag) => known.has(tag) });
}

const isHere = (clone: TestRepo, object: string): Promise<boolean> =>
  clone.git('cat-file', '-e', object).then(
    () => true,
    () => false,
  );

interface Listing {
  readonly refs: Refs;
  /** By ref; of a tag object, what it is put on. */
  readonly leadsTo: ReadonlyMap<string, string>;
}

async function listRefs(repo: TestRepo): Promise<Listing> {
  const listed = await repo.git('for-each-ref', '--format=%(refname) %(objectname) %(symref) %(*objectname)');
  const [refs, leadsTo] = [new Map<string, string>(), new Map<string, string>()];
  for (const line of listed.split('\n').filter(Boolean)) {
    const [ref = '', tip = '', symref, tagged] = line.split(' ');
    // Where a remote's HEAD points is no copy of anything.
    if (symref) continue;
    refs.set(ref, tip);
    leadsTo.set(ref, tagged || tip);
  }
  return { refs, leadsTo };
}
