// Owns: that a remote which was removed or renamed while it was fetched leaves no refs that the fetch made after that.
// Leaves: which those are (shared/refs/ghosts.ts), and ending what runs with it (repository-git.ts).
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { keptPlaces } from '../../shared/refs/all-here.ts';
import { findGhosts, keptOnlyOf, type LeftRef } from '../../shared/refs/ghosts.ts';
import { parseObjectName, parseRefName, type Remote, type RemoteName } from '../../shared/remote.ts';
import type { Lane } from './git-lane.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import { isMadeByUs } from './made-by-us.ts';
import { type GitPlace, type Outcome, type RunningOperation, type Steps, startOperation } from './operation.ts';

type Gone = Pick<Remote, 'name' | 'refs'>;

export interface GoneRemotes {
  /** A fetch of it begins; what is returned is to be called when it has ended. */
  readonly fetching: (remote: RemoteName) => () => void;
  /** It is configured no more, and nothing runs with it. */
  readonly left: (remote: Gone) => void;
  readonly close: () => void;
}

export interface GoneRemotesOptions {
  readonly place: GitPlace;
  readonly commonDir: string;
  readonly lane: Pick<Lane, 'request'>;
  readonly log: (text: string) => void;
}

/** A fetch that ended so long before it was seen that the remote is gone had nothing to do with that. */
const RECENT_MS = 10_000;
/** `git remote rename` moves refs one by one, each in some ms: hundreds take seconds. */
const LOOK_AGAIN_MS: readonly number[] = [200, 800, 2_000, 5_000, 10_000, 30_000];

interface Fetch {
  readonly beganMs: number;
  endedMs: number;
}

export function createGoneRemotes({ place, commonDir, lane, log }: GoneRemotesOptions): GoneRemotes {
  const fetches = new Map<RemoteName, Fetch[]>();
  const timers = new Set<NodeJS.Timeout>();
  const recentOf = (remote: RemoteName): Fetch[] =>
    (fetches.get(remote) ?? []).filter(({ endedMs }) => endedMs >= Date.now() - RECENT_MS);
  let closed = false;
  const lookLater = (look: Look): void => {
    const [nextMs, ...laterMs] = look.laterMs;
    if (closed || nextMs === undefined) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      lookNow({ ...look, laterMs });
    }, nextMs).unref();
    timers.add(timer);
  };
  const lookNow = (look: Look): void => {
    const { gone } = look;
    let found: Found = NOTHING_FOUND;
    lane.request({
      key: `gone ${gone.name}`,
      start: () =>
        startRemoving(place, { ...gone, commonDir, ...look }, (each) => {
          found = each;
        }),
      onStart: () => undefined,
      onForgotten: () => lookLater(look),
      onDone: (outcome) => {
        if (!outcome.ok)
          log(`${gone.name}: refs that a fetch made when it went may be left: ${outcome.failure.detail}`);
        if (found.removed > 0) log(`${gone.name}: removed ${found.removed} refs that a fetch had made when it went`);
        if (found.isUndecided) lookLater({ ...look, seen: found.seen });
      },
    });
  };
  return {
    fetching: (remote) => {
      const fetch: Fetch = { beganMs: Date.now(), endedMs: Number.POSITIVE_INFINITY };
      fetches.set(remote, [...recentOf(remote), fetch]);
      return () => {
        fetch.endedMs = Date.now();
      };
    },
    left: (gone) => {
      const recent = recentOf(gone.name);
      fetches.delete(gone.name);
      if (recent.length === 0) return;
      lookNow({ gone, sinceMs: Math.min(...recent.map(({ beganMs }) => beganMs)), laterMs: LOOK_AGAIN_MS, seen: '' });
    },
    close: () => {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

interface Found {
  readonly removed: number;
  readonly isUndecided: boolean;
  /** All that was there, as one text. */
  readonly seen: string;
}

const NOTHING_FOUND: Found = { removed: 0, isUndecided: false, seen: '' };

/** `sinceMs`: of Date.now(), when the first fetch began that may have made such refs. `seen`: at the look before; '': there was none. */
interface Look {
  readonly gone: Gone;
  readonly sinceMs: number;
  readonly laterMs: readonly number[];
  readonly seen: string;
}

export interface Removing extends Gone, Pick<Look, 'sinceMs' | 'seen'> {
  readonly commonDir: string;
}

/** Starts looking for them, and deleting those there are. */
export function startRemoving(
  place: GitPlace,
  { name, refs, commonDir, sinceMs, seen }: Removing,
  found: (found: Found) => void,
): RunningOperation {
  return startOperation(place, async (steps) => {
    const env = unattendedGitEnvironment(place.environment, undefined, place.repositoryVariables);
    const git = (args: readonly string[], input?: string) => steps.git(args, env, input === undefined ? {} : { input });
    // As it is now: it may be there again.
    const others = refspecsOfOthers(await remoteKeys(steps, env), name);
    const listed = await git(['for-each-ref', '--format=%(objectname) %(refname) %(symref)', ...keptPlaces(refs)]);
    if (others === undefined || listed.status !== 0) return outcomeOf(listed);
    const isIts = keptOnlyOf(refs.refspecs, others);
    const left = listed.stdout
      .split('\n')
      .flatMap((line) => parseLine(line) ?? [])
      .filter(({ ref }) => isIts(ref))
      .map(({ symref, ...each }): LeftRef => {
        const isNew = isMadeByUs(commonDir, { ref: each.ref, isSymbolic: symref !== '' }, sinceMs);
        return { ...each, isNew };
      });
    const ghosts = findGhosts(left);
    const now = left.map(({ ref, tip }) => `${tip} ${ref}`).join('\n');
    // A `git remote rename` may be at work on refs that we have made ourselves, and fails if one is gone.
    const isStill = now === seen && !place.seesOther?.();
    found({
      removed: 0,
      isUndecided: ghosts.kind === 'undecided' || (ghosts.kind === 'ghosts' && !isStill),
      seen: now,
    });
    if (ghosts.kind !== 'ghosts' || !isStill) return { ok: true };
    const orders = ghosts.refs.map(({ ref, tip }) => `delete ${ref} ${tip}\n`).join('');
    const deleted = await git([...LOCK_PATIENCE, 'update-ref', '--no-deref', '--stdin'], orders);
    if (deleted.status === 0) found({ ...NOTHING_FOUND, removed: ghosts.refs.length });
    return outcomeOf(deleted);
  });
}

const outcomeOf = ({ status, stderr }: Awaited<ReturnType<Steps['git']>>): Outcome =>
  status === 0 ? { ok: true } : { ok: false, failure: gitFailure(stderr) };

/** Whether git still knows a remote of that name. */
export async function isConfigured(steps: Steps, env: Environment, name: RemoteName): Promise<boolean> {
  return refspecsOfOthers(await remoteKeys(steps, env), name) === undefined;
}

type Entries = readonly (readonly string[])[];

async function remoteKeys({ git }: Steps, env: Environment): Promise<Entries> {
  const { stdout } = await git(['config', '--null', '--get-regexp', '^remote\\..*\\.(url|fetch|vcs)$'], env);
  return stdout.split('\0').map((entry) => entry.split('\n', 2));
}

/** undefined: that remote is there. */
function refspecsOfOthers(entries: Entries, name: RemoteName): string[] | undefined {
  const own = ['url', 'fetch', 'vcs'].map((key) => `remote.${name}.${key}`);
  if (entries.some(([key]) => key !== undefined && own.includes(key))) return undefined;
  return entries.flatMap(([key, value]) => (key?.endsWith('.fetch') && value !== undefined ? value : []));
}

function parseLine(line: string): (Omit<LeftRef, 'isNew'> & { readonly symref: string }) | undefined {
  const [object = '', name = '', symref = ''] = line.split(' ');
  const [tip, ref] = [parseObjectName(object), parseRefName(name)];
  return tip && ref ? { tip, ref, symref } : undefined;
}
