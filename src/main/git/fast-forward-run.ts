// Owns: moving branches of this repository to where their upstream is, each only from what it was, and none that is in use.
// Leaves: which may be moved (fast-forward.ts), whose turn it is (git-lane.ts), and what is in use (held-refs.ts).
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { RefMove } from '../../shared/events.ts';
import { type Environment, unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import type { RemoteName } from '../../shared/remote.ts';
import {
  BRANCH_FORMAT,
  branchesIn,
  cameBefore,
  type Follower,
  followers,
  REFLOG_FORMAT,
  treesOn,
  type WorkTreesNow,
  whyKept,
} from './fast-forward.ts';
import { busyBranches, gitDirsOf, headsIn, linesInGitDirs } from './held-refs.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import { type GitPlace, type RunningOperation, type Steps, startOperation } from './operation.ts';
import type { Debug } from './run-git.ts';

export interface Forwarding {
  readonly remote: RemoteName;
  /** What a fetch from it has moved. */
  readonly moved: readonly RefMove[];
  /** The common git dir. */
  readonly commonDir: string;
  /** Is told each branch that was moved, once it is certain. */
  readonly forwarded: (move: RefMove) => void;
}

/** Each takes some processes of git: others want the turn as well. */
const MOST_BRANCHES = 50;
/** A commit takes no longer. Once for all branches: while this waits, so does every fetch. */
const BUSY_MS: readonly number[] = [20, 100, 400];
/** In its reflog. */
export const REASON = 'remote-daemon: fast-forward';

/** Starts it. Nothing but such branches is ever touched. */
export function startForwarding(place: GitPlace, forwarding: Forwarding): RunningOperation {
  const { remote, moved } = forwarding;
  return startOperation(place, async (steps) => {
    const env = unattendedGitEnvironment(place.environment, undefined, place.repositoryVariables);
    const names = moved.map(({ ref }) => ref);
    const listed = await steps.git(['for-each-ref', `--format=${BRANCH_FORMAT}`, 'refs/heads/', ...names], env);
    if (listed.status !== 0) return { ok: false, failure: gitFailure(listed.stderr) };
    const all = followers(listed.stdout, remote, moved);
    const tools = { ...forwarding, steps, env, debug: place.debug, waitsMs: [...BUSY_MS] };
    for (const follower of all.slice(0, MOST_BRANCHES)) await follow(follower, tools);
    return { ok: true };
  });
}

interface Tools extends Forwarding {
  readonly steps: Steps;
  readonly env: Environment;
  readonly debug: Debug | undefined;
  /** What is left of them. */
  readonly waitsMs: number[];
}

async function follow(follower: Follower, tools: Tools): Promise<void> {
  const { steps, env, debug, waitsMs, forwarded } = tools;
  const { ref, from, to } = follower;
  const kept = (why: string): void => debug?.(() => `${ref} is left where it is: ${why}`);
  // A replacement, which may come from the remote, could make anything look contained.
  const contains = ['--no-replace-objects', 'merge-base', '--is-ancestor', from, to];
  if ((await steps.git(contains, env)).status !== 0) return kept('its upstream does not contain it');
  // The last thing before it is moved: somebody may come to it at any time.
  let trees = await lookAtWorkTrees(tools);
  while (trees.isBusy) {
    const waitMs = waitsMs.shift();
    if (waitMs === undefined) break;
    await steps.wait(waitMs);
    trees = await lookAtWorkTrees(tools);
  }
  const why = whyKept(follower, trees);
  if (why !== undefined) return kept(why);
  const exit = await moveRef(tools, ref, to, from);
  if (exit.status !== 0) return kept(gitFailure(exit.stderr).detail);
  if (await isUndone(follower, tools)) return kept('a work tree came to it meanwhile');
  forwarded({ ref, old: from, new: to, how: 'forwarded' });
}

/**
 * A checkout that had read where the branch was, and came to it only after the look, has the files of before: with the branch
 * as it is now, it would look as if somebody had taken back all that is new. What remains is one that had read it just
 * before, and takes longer than this: it loses nothing, but `git status` shows that then.
 */
async function isUndone(follower: Follower, tools: Tools): Promise<boolean> {
  const { steps, env } = tools;
  const { ref, from, to } = follower;
  for (const directory of treesOn(await workTrees(tools), ref)) {
    const reflog = ['log', '--walk-reflogs', '--max-count=2', `--format=${REFLOG_FORMAT}`, 'HEAD', '--'];
    const { stdout } = await steps.git(['-C', directory, ...reflog], env);
    if (!cameBefore(stdout, follower, REASON)) continue;
    return (await moveRef(tools, ref, from, to, `${REASON} taken back`)).status === 0;
  }
  return false;
}

const moveRef = ({ steps, env }: Tools, ref: string, to: string, from: string, reason = REASON) =>
  steps.git([...LOCK_PATIENCE, 'update-ref', '--no-deref', '--create-reflog', '-m', reason, ref, to, from], env);

async function lookAtWorkTrees(tools: Tools): Promise<WorkTreesNow> {
  const { commonDir } = tools;
  const current = branchesIn(await workTrees(tools));
  const gitDirs = await gitDirsOf(commonDir);
  const busy = await busyBranches(gitDirs);
  const heads = await headsIn(gitDirs.filter((gitDir) => gitDir !== commonDir || hasIndex(gitDir)));
  return {
    held: new Set([...current, ...heads, ...busy]),
    merged: new Set(await linesInGitDirs(gitDirs, ['MERGE_HEAD'])),
    isBusy: gitDirs.some((gitDir) => existsSync(path.join(gitDir, 'index.lock'))),
  };
}

/** A bare one has none, unless it is used with a work tree that it does not know of, as for dotfiles. */
const hasIndex = (gitDir: string): boolean => existsSync(path.join(gitDir, 'index'));

/** Also those that are locked, or that nobody finds any more. Rejects if that cannot be told. */
async function workTrees({ steps, env }: Tools): Promise<string> {
  const listed = await steps.git(['worktree', 'list', '--porcelain'], env);
  if (listed.status !== 0) throw new Error(gitFailure(listed.stderr).detail);
  return listed.stdout;
}
