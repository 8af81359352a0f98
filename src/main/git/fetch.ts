// Owns: bringing in what moved on a remote: the one fetch, and trying again when another git was faster.
// Leaves: deleting what is gone there (prune.ts), when to fetch (supervisor), whose turn it is (git-lane.ts).
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure, isLostRace } from '../../shared/git-failures.ts';
import type { RemoteName } from '../../shared/remote.ts';
import type { SshCommand } from '../../shared/ssh-target.ts';
import { givingWay } from './give-way.ts';
import { type GitPlace, type Outcome, type RunningOperation, type Steps, startOperation } from './operation.ts';
import { type PruneRequest, pruneStale } from './prune.ts';
import type { GitExit } from './run-git.ts';

export interface FetchRequest {
  readonly remote: RemoteName;
  /** `prefetch`: into refs/prefetch/, without tags (git 2.32 and later). */
  readonly mode: 'fetch' | 'prefetch';
  /** How ssh is called for the remote, where it is an ssh remote. */
  readonly sshCommand?: SshCommand;
  /** `relayEnvironment()`, where the remote's open link can serve git. */
  readonly relay?: Environment;
  /** Absent where nothing is deleted that is gone there. */
  readonly prune?: FetchedPrune;
}

export interface FetchedPrune extends PruneRequest {
  /** Whether to look for what is gone; else that is done only if it stands in the way. */
  readonly isDue: boolean;
  /** As `relay`, to a process that is started for it. */
  readonly relay?: Environment;
}

/** Another git that holds a lock is waited for this long; the defaults are 100 ms and a second. */
const LOCK_PATIENCE = ['core.filesRefLockTimeout', 'core.packedRefsTimeout', 'reftable.lockTimeout'].flatMap((key) => [
  '-c',
  `${key}=10000`,
]);
/** The waits before a fetch that lost a race, or met shallow.lock, is run again. */
const AGAIN_AFTER_MS = [50, 1_000, 3_000];

/** Starts a fetch. It never touches FETCH_HEAD, index or work tree, and no submodule. */
export function startFetch(place: GitPlace, request: FetchRequest): RunningOperation {
  return startOperation(place, async (steps) => {
    const own = unattendedGitEnvironment(place.environment, request.sshCommand, place.repositoryVariables);
    const env = { ...own, ...request.relay };
    const fetch = (): Promise<GitExit> =>
      runUntilRaceIsWon(steps, () =>
        givingWay(steps, place.seesOther ?? (() => false), (cut) =>
          steps.git(fetchArguments(request), env, cut && { cut }),
        ),
      );
    const exit = await fetch();
    const { prune, remote } = request;
    const isInTheWay = exit.status !== 0 && IN_THE_WAY.test(exit.stderr);
    if (prune === undefined || !(isInTheWay || (exit.status === 0 && prune.isDue))) return outcomeOf(exit);
    const pruned = await pruneStale(remote, prune, {
      list: (args) => steps.git(args, { ...own, ...prune.relay }),
      git: (args, input) => steps.git([...LOCK_PATIENCE, ...args], own, input === undefined ? {} : { input }),
      nowMs: Date.now,
    });
    if (!isInTheWay || !pruned.ok) return pruned;
    return pruned.doubt ? { ...outcomeOf(exit), doubt: pruned.doubt } : outcomeOf(await fetch());
  });
}

/** What was a branch there is a folder of branches now, or the reverse. */
const IN_THE_WAY = /cannot lock ref '.*': '.*' exists; cannot create/;

const outcomeOf = ({ status, stderr }: GitExit): Outcome =>
  status === 0 ? { ok: true } : { ok: false, failure: gitFailure(stderr) };

/** Runs a command, and again for as long as it loses races: the next run finds the ref up to date, or moves it. */
export async function runUntilRaceIsWon(steps: Steps, run: () => Promise<GitExit>): Promise<GitExit> {
  let exit = await run();
  for (const waitMs of AGAIN_AFTER_MS) {
    if (exit.status === 0 || !isLostRace(exit.stderr + exit.stdout)) break;
    await steps.wait(waitMs);
    exit = await run();
  }
  return exit;
}

function fetchArguments({ remote, mode }: FetchRequest): string[] {
  const quietly = [
    '--no-recurse-submodules',
    '--no-write-fetch-head',
    '--no-auto-maintenance',
    '--no-prune',
    '--progress',
  ];
  const where = mode === 'prefetch' ? ['--prefetch', '--no-tags'] : [];
  return [...LOCK_PATIENCE, 'fetch', ...quietly, ...where, '--', remote];
}
