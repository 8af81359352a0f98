// Owns: bringing in what moved on a remote: the one fetch, and trying again when another git was faster.
// Leaves: when to fetch (supervisor), whose turn it is (git-lane.ts).
import type { Failure } from '../../shared/failures.ts';
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure, isLostRace } from '../../shared/git-failures.ts';
import type { RemoteName } from '../../shared/remote.ts';
import type { SshCommand } from '../../shared/ssh-target.ts';
import { type GitPlace, type RunningOperation, type Steps, startOperation } from './operation.ts';
import type { GitExit } from './run-git.ts';

export interface FetchRequest {
  readonly remote: RemoteName;
  /** `prefetch`: into refs/prefetch/, without tags (git 2.32 and later). */
  readonly mode: 'fetch' | 'prefetch';
  /** How ssh is called for the remote, where it is an ssh remote. */
  readonly sshCommand?: SshCommand;
  /** `relayEnvironment()`, where the remote's open link can serve git. */
  readonly relay?: Environment;
  /** Whether there is no room on the disk for what may come; absent: nobody looks. */
  readonly isShort?: () => Promise<boolean>;
}

export const NO_ROOM: Failure = {
  code: 'no-room',
  detail: 'the disk that this repository is on is nearly full: nothing is fetched until there is room again',
};

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
    if (await request.isShort?.()) return { ok: false, failure: NO_ROOM };
    const own = unattendedGitEnvironment(place.environment, request.sshCommand, place.repositoryVariables);
    const env = { ...own, ...request.relay };
    const exit = await runUntilRaceIsWon(steps, () => steps.git(fetchArguments(request), env));
    return exit.status === 0 ? { ok: true } : { ok: false, failure: gitFailure(exit.stderr) };
  });
}

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
  const quietly = ['--no-recurse-submodules', '--no-write-fetch-head', '--no-auto-maintenance', '--progress'];
  const where = mode === 'prefetch' ? ['--prefetch', '--no-tags'] : [];
  return [...LOCK_PATIENCE, 'fetch', ...quietly, ...where, '--', remote];
}
