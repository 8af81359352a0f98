// Owns: what a git operation is to whoever runs it: started, showing signs of life, ended, with an outcome.
// Leaves: which operations there are (fetch.ts, push.ts, maintenance.ts), and whose turn it is (git-lane.ts).
import { setTimeout as wait } from 'node:timers/promises';
import { DaemonError, type Failure, failureOf } from '../../shared/failures.ts';
import type { Environment } from '../../shared/git-environment.ts';
import { type Moves, NO_MOVES } from '../../shared/moves.ts';
import type { LeftOut } from '../../shared/refs/left-out.ts';
import type { Doubt } from '../../shared/refs/loss.ts';
import { collectGarbage } from '../../shared/system/collect-garbage.ts';
import { watchInput } from './git-input.ts';
import type { SeesOther } from './other-fetches.ts';
import { createProgressReader, NOTHING_SHOWN, type Shown } from './progress.ts';
import { type Debug, type GitExit, type GitProcess, startGit } from './run-git.ts';
import type { RunningFile } from './running-file.ts';

export type Outcome = DoneOutcome | FailedOutcome;

export interface DoneOutcome extends Doubtful {
  readonly ok: true;
  /** A fetch that moved no ref here. */
  readonly nothingNew?: true;
  /** What a fetch would have changed here, and what was here was kept. */
  readonly leftOut?: readonly LeftOut[];
  /** Only what was named was looked at. */
  readonly isPart?: true;
  /** There was too much for one fetch. `soon`: the next one goes on with it; `later`: for now that is of no use. */
  readonly rest?: 'soon' | 'later';
}

export interface FailedOutcome extends Doubtful {
  readonly ok: false;
  readonly failure: Failure;
  /** The other side took none of it, and will not until something moves: there is no use in trying again. */
  readonly refused?: true;
}

interface Doubtful {
  /** Refs that may be gone on the other side: to be looked at again before they are deleted here. */
  readonly doubt?: Doubt;
  /** It was not told which are gone, as the refs there or here could not be listed whole: none was deleted. */
  readonly unpruned?: true;
}

export interface RunningOperation {
  /** Never rejects, and settles only when every process of the operation is gone. */
  readonly finished: Promise<Outcome>;
  /** The listener is called for every sign of life from here on, with what it shows. */
  readonly onSign: (listener: (shown: Shown) => void) => void;
  /** Ends what runs, with all it started; `finished` has settled when it returns. `graceMs`: as in GitProcess. */
  readonly end: (graceMs?: number) => Promise<void>;
  /** Whole once `finished` has settled; absent of what another process writes. */
  readonly work?: () => Work;
}

/** What an operation has done, whatever came of it. */
export interface Work extends Moves {
  /** From the start of its first git to the end of its last. */
  readonly tookMs: number;
}

export const NO_WORK: Work = { ...NO_MOVES, tookMs: 0 };

/** Where git runs, and with what. */
export interface GitPlace {
  /** The top of the main work tree; of a bare repository, the git dir. */
  readonly directory: string;
  /** As inherited: what each command gets is made of it by shared/git-environment.ts. */
  readonly environment: Environment;
  /** The variables that name the repository, where its directory alone does not. */
  readonly repositoryVariables?: Environment;
  readonly running: RunningFile;
  /** Whether somebody else fetches into it just now; absent where that is not asked. */
  readonly seesOther?: SeesOther;
  readonly debug?: Debug;
  /** Where files of refs are read; absent: git is asked. */
  readonly commonDir?: string;
}

/** What the steps of an operation can do. Both reject once the operation is being ended. */
export interface Steps {
  /** `cut` ends this git alone; how it exited is then for the caller to judge. */
  readonly git: (args: readonly string[], env: Environment, options?: StepOptions) => Promise<GitExit>;
  readonly wait: (ms: number) => Promise<void>;
  /** Runs what the git of another operation may do for this one, too: as of its own its time counts. */
  readonly shared: <T>(run: () => Promise<T>) => Promise<T>;
  /** What was moved by all of it; the last call counts. */
  readonly moved: (moves: Moves) => void;
}

export interface StepOptions {
  /** Called with what is on its stderr, as it comes. */
  readonly hear?: (said: string) => void;
  /** What git reads from its standard input. */
  readonly input?: string;
  readonly cut?: AbortSignal;
}

/** What is made of so much takes several times that: listings of some 25 000 refs. Of less, collecting costs more than it is worth. */
const MUCH_CHARACTERS = 2 * 1024 * 1024;

/** Runs the steps; every git in them can be ended, and is noted in the `running` file. */
export function startOperation(place: GitPlace, steps: (steps: Steps) => Promise<Outcome>): RunningOperation {
  const ending = new AbortController();
  let endCurrent: GitProcess['end'] | undefined;
  let sign: ((shown: Shown) => void) | undefined;
  let moves = NO_MOVES;
  let printed = 0;
  let time: { readonly fromMs: number; toMs: number } | undefined;

  const git: Steps['git'] = async (args, env, { input, cut, hear } = {}) => {
    if (ending.signal.aborted) throw ENDED;
    time ??= { fromMs: performance.now(), toMs: performance.now() };
    const { directory: cwd, debug } = place;
    const call = { cwd, env, ...(input !== undefined && { input }), ...(debug && { debug }) };
    sign?.(BEGINS);
    const progress = createProgressReader();
    const child = startGit(args, call, (said) => {
      sign?.(progress(said));
      hear?.(said);
    });
    const forget = child.pgid === undefined ? undefined : place.running.record(child.pgid);
    endCurrent = child.end;
    const noMore = child.pgid === undefined ? undefined : watchInput(child.pgid, () => sign?.(NOTHING_SHOWN));
    const cutShort = (): void => void child.end();
    cut?.addEventListener('abort', cutShort, { once: true });
    const exit = await child.exited;
    printed += exit.stdout.length;
    time.toMs = performance.now();
    noMore?.();
    cut?.removeEventListener('abort', cutShort);
    // What git had started may still be on its way out.
    if (cut?.aborted) await child.end();
    forget?.();
    endCurrent = undefined;
    if (!ending.signal.aborted) return exit;
    // git is gone; what it had started may still be on its way out.
    await child.end();
    if (exit.status !== 0) throw ENDED;
    return exit;
  };
  const pause: Steps['wait'] = async (ms) => {
    await wait(ms, undefined, { signal: ending.signal }).catch(() => {
      throw ENDED;
    });
  };
  const shared: Steps['shared'] = async (run) => {
    if (ending.signal.aborted) throw ENDED;
    time ??= { fromMs: performance.now(), toMs: performance.now() };
    const result = await run();
    time.toMs = performance.now();
    return result;
  };
  const moved: Steps['moved'] = (now) => {
    moves = now;
  };
  const finished = steps({ git, wait: pause, shared, moved })
    .catch((thrown: unknown): Outcome => ({ ok: false, failure: failureOf(thrown) }))
    // V8 would keep what that took until it takes as much again.
    .finally(() => printed >= MUCH_CHARACTERS && setImmediate(collectGarbage));
  return {
    finished,
    onSign: (listener) => {
      sign = listener;
    },
    end: async (graceMs) => {
      ending.abort();
      await endCurrent?.(graceMs);
      await finished;
    },
    work: () => ({ ...moves, tookMs: time === undefined ? 0 : Math.round(time.toMs - time.fromMs) }),
  };
}

const BEGINS: Shown = { bytes: 0, works: false, begins: true };
const ENDED = new DaemonError('cancelled', 'it was ended before it was done');
