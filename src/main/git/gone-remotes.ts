// Owns: that a remote which was removed or renamed while it was fetched leaves no refs that the fetch made after that.
// Leaves: which those are (shared/refs/ghosts.ts), and ending what runs with it (repository-git.ts).
import fs from 'node:fs';
import path from 'node:path';
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { keptPlaces } from '../../shared/refs/all-here.ts';
import { findGhosts, keptOnlyOf, type LeftRef } from '../../shared/refs/ghosts.ts';
import { parseObjectName, parseRefName, type RefName, type Remote, type RemoteName } from '../../shared/remote.ts';
import { readRegularFile } from '../../shared/system/read-regular-file.ts';
import type { Lane } from './git-lane.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
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
/** `git remote rename` moves refs one by one: hundreds take seconds. */
const LOOK_AGAIN_MS: readonly number[] = [1_000, 2_000, 5_000, 10_000, 30_000];

interface Fetch {
  readonly beganMs: number;
  endedMs: number;
}

export function createGoneRemotes({ place, commonDir, lane, log }: GoneRemotesOptions): GoneRemotes {
  const fetches = new Map<RemoteName, Fetch[]>();
  const timers = new Set<NodeJS.Timeout>();
  const recentOf = (remote: RemoteName): Fetch[] =>
    (fetches.get(remote) ?? []).filter(({ endedMs }) => endedMs >= Date.now() - RECENT_MS);
  const look = (gone: Gone, sinceMs: number, [nextMs, ...later]: readonly number[]): void => {
    let found: Found = { removed: 0, isUndecided: false };
    lane.request({
      key: `gone ${gone.name}`,
      start: () =>
        startRemoving(place, { ...gone, commonDir, sinceMs }, (each) => {
          found = each;
        }),
      onStart: () => undefined,
      onDone: (outcome) => {
        if (!outcome.ok)
          log(`${gone.name}: refs that a fetch made when it went may be left: ${outcome.failure.detail}`);
        if (found.removed > 0) log(`${gone.name}: removed ${found.removed} refs that a fetch had made when it went`);
        if (!found.isUndecided || nextMs === undefined) return;
        const timer = setTimeout(() => {
          timers.delete(timer);
          look(gone, sinceMs, later);
        }, nextMs).unref();
        timers.add(timer);
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
      if (recent.length > 0) look(gone, Math.min(...recent.map(({ beganMs }) => beganMs)), LOOK_AGAIN_MS);
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

interface Found {
  readonly removed: number;
  readonly isUndecided: boolean;
}

/** `sinceMs`: of Date.now(), when the first fetch began that may have made such refs. */
export interface Removing extends Gone {
  readonly commonDir: string;
  readonly sinceMs: number;
}

/** Starts looking for them, and deleting those there are. */
export function startRemoving(
  place: GitPlace,
  { name, refs, commonDir, sinceMs }: Removing,
  found: (found: Found) => void,
): RunningOperation {
  return startOperation(place, async (steps) => {
    const env = unattendedGitEnvironment(place.environment, undefined, place.repositoryVariables);
    const git = (args: readonly string[], input?: string) => steps.git(args, env, input === undefined ? {} : { input });
    // As it is now: it may be there again.
    const others = refspecsOfOthers(await remoteKeys(steps, env), name);
    const listed = await git(['for-each-ref', '--format=%(objectname) %(refname)', ...keptPlaces(refs)]);
    if (others === undefined || listed.status !== 0) return outcomeOf(listed);
    const isIts = keptOnlyOf(refs.refspecs, others);
    const left = listed.stdout
      .split('\n')
      .flatMap((line) => parseLine(line) ?? [])
      .filter(({ ref }) => isIts(ref))
      .map((each): LeftRef => ({ ...each, isNew: isMadeByUs(commonDir, each.ref, sinceMs) }));
    const ghosts = findGhosts(left);
    found({ removed: 0, isUndecided: ghosts.kind === 'undecided' });
    if (ghosts.kind !== 'ghosts') return { ok: true };
    const orders = ghosts.refs.map(({ ref, tip }) => `delete ${ref} ${tip}\n`).join('');
    const deleted = await git([...LOCK_PATIENCE, 'update-ref', '--no-deref', '--stdin'], orders);
    if (deleted.status === 0) found({ removed: ghosts.refs.length, isUndecided: false });
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

function parseLine(line: string): Omit<LeftRef, 'isNew'> | undefined {
  const space = line.indexOf(' ');
  const [tip, ref] = [parseObjectName(line.slice(0, space)), parseRefName(line.slice(space + 1))];
  return tip && ref ? { tip, ref } : undefined;
}

/** Its file is as old as the kernel's clock says, which ticks some 4 ms apart. */
const TICK_MS = 20;
const LOG_BYTES = 64 * 1024;
const OUR_ENTRY = /^0+ \S+ [^\n]*\tremote-daemon\b/;

/** Where there is a reflog, it begins with our name. */
function isMadeByUs(commonDir: string, ref: RefName, sinceMs: number): boolean {
  const file = fs.lstatSync(path.join(commonDir, ref), { throwIfNoEntry: false });
  if (file === undefined || file.mtimeMs < sinceMs - TICK_MS) return false;
  const log = readRegularFile(path.join(commonDir, 'logs', ref), { mostBytes: LOG_BYTES, follow: false });
  return log.kind === 'gone' || (log.kind === 'read' && OUR_ENTRY.test(Buffer.from(log.bytes).toString('latin1')));
}
