// Owns: bringing in what moved on a remote: the one fetch, and trying again when another git was faster.
// Leaves: refs that are not the remote's own (bring-in.ts), deleting what is gone there (prune.ts), whose turn it is (git-lane.ts).
import type { Failure } from '../../shared/failures.ts';
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure, isLostRace } from '../../shared/git-failures.ts';
import type { LeftOut } from '../../shared/refs/own-refs.ts';
import type { FetchPlan, RefName, RemoteName } from '../../shared/remote.ts';
import type { SshCommand } from '../../shared/ssh-target.ts';
import { monotonicMs } from '../../shared/timing/clock.ts';
import { bringIn } from './bring-in.ts';
import { branchesInUse, checkedOut, leavingOut, sparing } from './checked-out.ts';
import { tellsOfMoves } from './fetch-summary.ts';
import { givingWay } from './give-way.ts';
import { isConfigured } from './gone-remotes.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import {
  type DoneOutcome,
  type GitPlace,
  type Outcome,
  type RunningOperation,
  type Steps,
  startOperation,
} from './operation.ts';
import { type PruneRequest, pruneStale } from './prune.ts';
import { refusedBy } from './refused-refs.ts';
import type { GitExit } from './run-git.ts';

export interface FetchRequest {
  readonly remote: RemoteName;
  /** `prefetch`: into refs/prefetch/, without tags (git 2.32 and later). */
  readonly mode: 'fetch' | 'prefetch';
  /** What git is told instead of what the config says, where that could take something away. */
  readonly plan?: FetchPlan;
  /** Refspecs that write to this repository's own branches, as those of a mirror do. */
  readonly mirrored?: readonly string[];
  /** How ssh is called for the remote, where it is an ssh remote. */
  readonly sshCommand?: SshCommand;
  /** `relayEnvironment()`, where the remote's open link can serve git. */
  readonly relay?: Environment;
  /** Absent where nothing is deleted that is gone there. */
  readonly prune?: FetchedPrune;
  /** Whether there is no room on the disk for what may come; absent: nobody looks. */
  readonly isShort?: () => Promise<boolean>;
}

export interface FetchedPrune extends PruneRequest {
  /** Whether to look for what is gone; else that is done only if it stands in the way. */
  readonly isDue: boolean;
  /** As `relay`, to a process that is started for it. */
  readonly relay?: Environment;
}

export const NO_ROOM: Failure = {
  code: 'no-room',
  detail: 'the disk that this repository is on is nearly full: nothing is fetched until there is room again',
};

/** What git says of each ref it does not move is read (refused-refs.ts). */
const SAID_IN_FULL = ['-c', 'fetch.output=full'];
/** The waits before a fetch that lost a race, or met shallow.lock, is run again. */
const AGAIN_AFTER_MS = [50, 1_000, 3_000];

/**
 * Starts a fetch. It never touches FETCH_HEAD, index or work tree, and no submodule; and of what it would change outside
 * refs/remotes/ and refs/prefetch/, it leaves out what would be lost, and says so in its outcome.
 */
export function startFetch(place: GitPlace, request: FetchRequest): RunningOperation {
  return startOperation(place, async (steps) => {
    if (await request.isShort?.()) return { ok: false, failure: NO_ROOM };
    const own = unattendedGitEnvironment(place.environment, request.sshCommand, place.repositoryVariables);
    const inUse = request.mirrored && (await branchesInUse(steps, place, own));
    const whole = inUse && inUse.length > 0 ? { ...request, inUse } : request;
    const fetched = await fetchAll(steps, place, whole, own);
    const { prune, remote } = request;
    if (isNoRepository(fetched.outcome) && !(await isConfigured(steps, own, remote))) return GONE;
    if (prune === undefined || !(fetched.isInTheWay || (fetched.outcome.ok && prune.isDue))) return fetched.outcome;
    const pruned = await pruneStale(remote, sparing(prune, inUse), {
      list: (args) => steps.git(args, { ...own, ...prune.relay }),
      git: (args, input) => steps.git([...LOCK_PATIENCE, ...args], own, input === undefined ? {} : { input }),
      nowMs: monotonicMs,
    });
    const { outcome } =
      pruned.ok && fetched.isInTheWay && !pruned.doubt && !pruned.unpruned
        ? await fetchAll(steps, place, whole, own)
        : fetched;
    if (!pruned.ok) return pruned;
    const both = outcome.ok && !pruned.nothingNew ? withNews(outcome) : outcome;
    const { doubt, unpruned } = pruned;
    return { ...both, ...(doubt && { doubt }), ...(unpruned && { unpruned }) };
  });
}

const isNoRepository = (outcome: Outcome): boolean => !outcome.ok && outcome.failure.code === 'no-repository';
/** Nobody need read of it: it was removed or renamed, and git takes its name for a path. */
const GONE: Outcome = { ok: false, failure: { code: 'cancelled', detail: 'it is not configured any more' } };

const withNews = ({ nothingNew: _, ...outcome }: DoneOutcome): DoneOutcome => outcome;

/** With the branches of a mirror that work trees are on: one of them, and git would refuse the whole fetch. */
interface WholeRequest extends FetchRequest {
  readonly inUse?: readonly RefName[];
}

interface Fetched {
  readonly outcome: Outcome;
  /** What was a branch there is a folder of branches now, or the reverse: what is gone there has to go first. */
  readonly isInTheWay: boolean;
}

const IN_THE_WAY = /cannot lock ref '[^']*': '[^']*' exists; cannot create/;

async function fetchAll(
  steps: Steps,
  { seesOther = () => false }: GitPlace,
  request: WholeRequest,
  own: Environment,
): Promise<Fetched> {
  let leftOut: readonly LeftOut[] = (request.inUse ?? []).map(checkedOut);
  let runs = 0;
  let moves = false;
  const commands = fetchCommands(request);
  for (const args of commands) {
    const exit = await runUntilRaceIsWon(steps, () =>
      givingWay(steps, seesOther, async (cut) => {
        runs += 1;
        return steps.git(args, { ...own, ...request.relay }, cut && { cut });
      }),
    );
    moves ||= tellsOfMoves(exit.stderr);
    const refused = exit.status === 0 ? [] : refusedBy(exit);
    if (refused === undefined) {
      return { outcome: { ok: false, failure: gitFailure(exit.stderr) }, isInTheWay: IN_THE_WAY.test(exit.stderr) };
    }
    leftOut = leftOut.concat(refused);
  }
  const outcome = await keepWaiting(steps, own, request, leftOut);
  // Who lost a race finds here what another git has brought, and one that was ended may have moved some.
  const nothingNew = outcome.ok && outcome.rest !== 'soon' && !moves && runs === commands.length;
  return { outcome: nothingNew ? { ...outcome, nothingNew } : outcome, isInTheWay: false };
}

async function keepWaiting(
  steps: Steps,
  env: Environment,
  { remote, mode, plan }: FetchRequest,
  before: readonly LeftOut[],
): Promise<Outcome> {
  let leftOut = before;
  if (mode === 'fetch' && plan && plan.waiting.length > 0) {
    let kept: readonly LeftOut[] = [];
    let rest: DoneOutcome['rest'];
    const exit = await runUntilRaceIsWon(steps, async () => {
      const brought = await bringIn(steps, env, { remote, waiting: plan.waiting, negative: plan.negative });
      kept = brought.leftOut;
      rest = brought.rest;
      return brought.exit;
    });
    if (exit.status !== 0) return { ok: false, failure: gitFailure(exit.stderr) };
    leftOut = leftOut.concat(kept);
    if (rest) return { ok: true, leftOut, rest };
  }
  return { ok: true, ...(leftOut.length > 0 && { leftOut }) };
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

/** One after the other. Only the waiting room is pruned by git itself: what is missing there is merely not brought in. */
function fetchCommands({ remote, mode, plan, mirrored = [], inUse = [] }: WholeRequest): string[][] {
  const quietly = ['--no-recurse-submodules', '--no-write-fetch-head', '--no-auto-maintenance', '--progress'];
  const command = (options: readonly string[], refspecs: readonly string[]): string[] => [
    ...LOCK_PATIENCE,
    ...SAID_IN_FULL,
    'fetch',
    ...quietly,
    ...options,
    '--',
    remote,
    ...refspecs,
  ];
  if (mode === 'prefetch') return [command(['--prefetch', '--no-tags', '--no-prune', '--no-prune-tags'], [])];
  if (inUse.length > 0) return [command(['--refmap=', '--no-prune'], [...mirrored, ...inUse.map(leavingOut)])];
  if (plan === undefined) return [command(['--no-prune'], [])];
  const { tracked, allTags, waiting, negative } = plan;
  const given = ['--refmap=', '--no-prune-tags'];
  const tags = tracked.length > 0 ? ['--no-tags'] : [];
  const all = allTags ? ['--tags'] : [];
  return [
    ...(tracked.length > 0 ? [command([...given, '--no-prune', ...all], [...tracked, ...negative])] : []),
    ...(waiting.length > 0
      ? [command([...given, '--prune', ...tags], [...waiting.map(({ text }) => text), ...negative])]
      : []),
  ];
}
