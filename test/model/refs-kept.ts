// Owns: whether the clone has of each watched remote what it must have, by asking git on both sides.
// Leaves: the rules (ref-image.ts), and when this must hold (quiet.ts).
import type { TestRepo } from '../support/temp-repo.ts';
import { isWatched, type Model, type ModelRemote, NAMES } from './model.ts';
import { imageOf, leftOver, type Refs, refFaults, tagFaults } from './ref-image.ts';
import type { World } from './world.ts';

/** What is missing, wrong or left over. Notes in the model what a watcher that tells of no deletions has missed. */
export async function refsNotKept({ remotes, shortChecks }: Model, { clone, servers }: World): Promise<string[]> {
  const here = (await listRefs(clone)).refs;
  const faults: string[] = [];
  for (const name of NAMES.filter((each) => isWatched(remotes[each]))) {
    const there = await listRefs(servers[name]);
    const remote = remotes[name];
    const setBack = await refsSetBack(imageOf(there.refs, remote.refspecs), here, clone);
    const kept = { there: there.refs, here: new Map([...here, ...setBack]), refspecs: remote.refspecs };
    const isLenient = !shortChecks && (remote.hasMissed || remote.mayMiss);
    remote.hasMissed = isLenient && remote.prunes && leftOver(kept).length > 0;
    faults.push(...refFaults({ ...kept, exact: remote.prunes && !isLenient }));
    faults.push(...(await tagsNotKept(remote, there, here, clone)));
  }
  return faults;
}

/**
 * Where git makes a ref that it found missing, it does not look whether somebody else has made it meanwhile (2.39,
 * builtin/fetch.c): so a fetch of the user's that was slow can take back what the daemon's has just brought. Nobody can
 * see that but by comparing; these refs are given with what the daemon had made of them.
 */
async function refsSetBack(image: Refs, here: Refs, clone: TestRepo): Promise<Refs> {
  const setBack = new Map<string, string>();
  for (const [ref, tip] of image) {
    if (!here.has(ref) || here.get(ref) === tip) continue;
    const [last = '', before = ''] = (await clone.git('reflog', 'show', '--format=%H %gs', ref)).split('\n');
    const isByUser = / fetch .*: storing head$/.test(last);
    if (isByUser && before.startsWith(`${tip} remote-daemon`)) setBack.set(ref, tip);
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
