// Owns: bringing in what moved on a remote: the one fetch, and trying again when another git was faster.
// Leaves: the commands (fetch-commands.ts), refs that are not the remote's own (bring-in.ts), deleting what is gone there (prune.ts), whose turn it is (git-lane.ts).
import type { Failure } from '../../shared/failures.ts';
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { waitingRoom } from '../../shared/refs/fetch-plan.ts';
import type { LeftOut } from '../../shared/refs/left-out.ts';
import { parseRefspec } from '../../shared/refs/refspec.ts';
import type { RefName, RemoteName } from '../../shared/remote.ts';
import type { SshCommand } from '../../shared/ssh-target.ts';
import { monotonicMs } from '../../shared/timing/clock.ts';
import type { Beside } from './beside/beside.ts';
import { bringIn } from './bring-in.ts';
import { brokenRefsFailure, mendBrokenRefs } from './broken-refs.ts';
import { branchesInUse, checkedOut, sparing } from './checked-out.ts';
import type { NamedDeletions } from './delete-named.ts';
import { fetchArguments, fetchCommands, type WhatToFetch } from './fetch-commands.ts';
import { fetchExactly } from './fetch-exactly.ts';
import { type FetchTools, runFetch } from './fetch-run.ts';
import { type MayBeHere, moveToFound } from './found-here.ts';
import { isConfigured } from './gone-remotes.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import { lookAtRefs } from './look-at-refs.ts';
import { type Fetching, fetchOnce } from './one-fetch.ts';
import {
  type DoneOutcome,
  type GitPlace,
  type Outcome,
  type RunningOperation,
  type Steps,
  startOperation,
} from './operation.ts';
import { type PruneRequest, pruneStale } from './prune.ts';
import { seeingMoves } from './see-moves.ts';
import { runUntilRaceIsWon } from './until-race-is-won.ts';

export interface FetchRequest extends Omit<WhatToFetch, 'inUse'> {
  readonly remote: RemoteName;
  /** Its refspecs write to this repository's own branches, as those of a mirror do. */
  readonly isMirror?: true;
  /** How ssh is called for the remote, where it is an ssh remote. */
  readonly sshCommand?: SshCommand;
  /** `relayEnvironment()`, where the remote's open link can serve git. */
  readonly relay?: Environment;
  /** As `relay`, to a process that is started for it. */
  readonly freshRelay?: Environment;
  /** What moved, by refspecs that each name one ref: these are tried first, and all the rest is left as it is. */
  readonly exact?: readonly string[];
  /** Where all that moved is to be here, if that can come to pass without asking the remote. */
  readonly found?: MayBeHere;
  /** As in ExactRequest, as the next one is. */
  readonly deletions?: NamedDeletions;
  /** Where nothing else is to come with these. */
  readonly beside?: Beside;
  /** Absent where nothing is deleted that is gone there. */
  readonly prune?: FetchedPrune;
  /** Whether there is no room on the disk for what may come; absent: nobody looks. */
  readonly isShort?: () => Promise<boolean>;
  /** Broken refs were taken away. */
  readonly onMended?: (refs: readonly RefName[]) => void;
}

export interface FetchedPrune extends PruneRequest {
  /** Whether to look for what is gone; else that is done only if it stands in the way. */
  readonly isDue: boolean;
}

export const NO_ROOM: Failure = {
  code: 'no-room',
  detail: 'the disk that this repository is on is nearly full: nothing is fetched until there is room again',
};

/**
 * Starts a fetch. It never touches FETCH_HEAD, index or work tree, and no submodule; and of what it would change outside
 * refs/remotes/ and refs/prefetch/, it leaves out what would be lost, and says so in its outcome.
 */
export function startFetch(place: GitPlace, request: FetchRequest): RunningOperation {
  return startOperation(place, async (steps) => {
    if (await request.isShort?.()) return { ok: false, failure: NO_ROOM };
    const own = unattendedGitEnvironment(place.environment, request.sshCommand, place.repositoryVariables);
    return seeingMoves(steps, place, own, (seen) => fetchNamedOrAll({ steps, place, own, seen }, request));
  });
}

async function fetchNamedOrAll(fetching: Fetching, request: FetchRequest): Promise<Outcome> {
  const found = request.found && (await moveToFound(fetching, request.found));
  if (found?.outcome) return found.outcome;
  const exactly = await fetchExactly(fetching, request);
  const outcome = exactly?.outcome ?? (await fetchAndPrune(fetching, request));
  return outcome.ok && (found?.moves || exactly?.moves) ? withNews(outcome) : outcome;
}

async function fetchAndPrune(fetching: Fetching, request: FetchRequest): Promise<Outcome> {
  const { steps, place, own, seen } = fetching;
  const lookInUse = () => (request.isMirror && request.mode === 'fetch' ? branchesInUse(steps, place, own) : []);
  const whole = { ...request, inUse: await lookInUse() };
  const first = await fetchAll(fetching, whole);
  const { prune, remote } = request;
  if (isNoRepository(first) && !(await isConfigured(steps, own, remote))) return GONE;
  const isInTheWay = first.ok && first.leftOut?.some(isNameTaken);
  if (prune === undefined || !first.ok || !(isInTheWay || prune.isDue)) return first;
  // Anew: somebody may have begun to work on a branch meanwhile.
  const pruned = await pruneStale(remote, sparing(prune, await lookInUse()), {
    list: (args) => steps.git(args, { ...own, ...request.freshRelay }),
    git: (args, input) => steps.git([...LOCK_PATIENCE, ...args], own, input === undefined ? {} : { input }),
    nowMs: monotonicMs,
    onDeleted: (ref, old) => seen.add({ ref, ...(old !== undefined && { old }), how: 'deleted' }),
  });
  if (!pruned.ok) return pruned;
  const { doubt, unpruned } = pruned;
  // Where nothing was gone there, the next one would meet the same.
  const hasRoom = isInTheWay && !doubt && !unpruned && !pruned.nothingNew;
  const outcome = hasRoom ? await fetchAll(fetching, whole) : first;
  if (!outcome.ok) return outcome;
  const both = pruned.nothingNew ? outcome : withNews(outcome);
  return { ...(doubt ? withoutTaken(both) : both), ...(doubt && { doubt }), ...(unpruned && { unpruned }) };
}

const isNoRepository = (outcome: Outcome): boolean => !outcome.ok && outcome.failure.code === 'no-repository';
/** Nobody need read of it: it was removed or renamed, and git takes its name for a path. */
const GONE: Outcome = { ok: false, failure: { code: 'cancelled', detail: 'it is not configured any more' } };

const withNews = ({ nothingNew: _, ...outcome }: DoneOutcome): DoneOutcome => outcome;

/** What was a branch there is a folder of branches now, or the reverse: what is gone there has to go first. */
const isNameTaken = ({ why }: LeftOut): boolean => why?.kind === 'name-taken';

/** It may be in nobody's way for long. */
function withoutTaken({ leftOut = [], ...outcome }: DoneOutcome): DoneOutcome {
  const left = leftOut.filter((each) => !isNameTaken(each));
  return { ...outcome, ...(left.length > 0 && { leftOut: left }) };
}

type WholeRequest = FetchRequest & WhatToFetch;

async function fetchAll(fetching: Fetching, request: WholeRequest): Promise<Outcome> {
  const { steps, own, seen } = fetching;
  let leftOut: readonly LeftOut[] = request.inUse.map(checkedOut);
  let runs = 0;
  let moves = false;
  const commands = fetchCommands(request);
  for (const { options, ...command } of commands) {
    const argsFor = (refspecs: readonly string[]): string[] => fetchArguments(request.remote, options, refspecs);
    const fetched = await runFetch(command, {
      ...toolsFor(steps, request, own),
      run: (refspecs) =>
        fetchOnce(fetching, {
          args: argsFor(refspecs),
          asked: refspecs.length > 0 ? refspecs : command.all,
          relay: request.relay,
          onRun: () => {
            runs += 1;
          },
        }),
    });
    if (!fetched.ok) return fetched;
    moves ||= fetched.moves;
    leftOut = leftOut.concat(fetched.leftOut);
  }
  const outcome = await keepWaiting({ steps, own, seen }, request, leftOut);
  // Who lost a race finds here what another git has brought, and one that was ended may have moved some.
  const nothingNew = outcome.ok && outcome.rest !== 'soon' && !moves && runs === commands.length;
  return nothingNew ? { ...outcome, nothingNew } : outcome;
}

/** `mend` is for the whole fetch: it is asked for by the first command, if at all. */
function toolsFor(steps: Steps, request: FetchRequest, own: Environment): Pick<FetchTools, 'look' | 'mend'> {
  const { remote, refspecs = [], mode, plan, relay, freshRelay, onMended } = request;
  return {
    look: (asked) =>
      lookAtRefs(remote, asked, {
        list: (args) => steps.git(args, { ...own, ...(freshRelay ?? relay) }),
        git: (args) => steps.git(args, own),
      }),
    mend: async (stderr) => {
      const destinations = refspecs.flatMap((text) => parseRefspec(text, 'fetch')?.destination ?? []);
      const waiting = plan ? [`${waitingRoom(remote)}*`] : [];
      const places = mode === 'prefetch' ? ['refs/prefetch/*'] : [...destinations, ...waiting];
      const { mended, left } = await mendBrokenRefs(steps, own, places);
      if (mended.length > 0) onMended?.(mended);
      return mended.length > 0 ? 'mended' : brokenRefsFailure(left, stderr);
    },
  };
}

async function keepWaiting(
  { steps, own, seen }: Pick<Fetching, 'steps' | 'own' | 'seen'>,
  { remote, mode, plan }: FetchRequest,
  before: readonly LeftOut[],
): Promise<Outcome> {
  let leftOut = before;
  if (mode === 'fetch' && plan && plan.waiting.length > 0) {
    let kept: readonly LeftOut[] = [];
    let rest: DoneOutcome['rest'];
    const exit = await runUntilRaceIsWon(steps, async () => {
      const brought = await bringIn(steps, own, { remote, waiting: plan.waiting, negative: plan.negative });
      kept = brought.leftOut;
      for (const move of brought.moved) seen.add(move);
      rest = brought.rest;
      return brought.exit;
    });
    if (exit.status !== 0) return { ok: false, failure: gitFailure(exit.stderr) };
    leftOut = leftOut.concat(kept);
    if (rest) return { ok: true, leftOut, rest };
  }
  return { ok: true, ...(leftOut.length > 0 && { leftOut }) };
}
