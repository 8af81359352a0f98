// Owns: which refs are nobody's to write: the branches that work trees are on, and symbolic refs to nothing.
// Leaves: which are to be written (shared/refs/own-refs.ts), and writing them (bring-in.ts).
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Environment } from '../../shared/git-environment.ts';
import type { RefName } from '../../shared/remote.ts';
import { readRegularFileInPool } from '../../shared/system/read-regular-file.ts';
import type { Steps } from './operation.ts';
import type { GitExit } from './run-git.ts';

/** `exit` is that of the git which failed, else of the last. */
export interface HeldRefs {
  readonly exit: GitExit;
  readonly refs: ReadonlySet<string>;
}

/** What is not to be written. `fresh`: refs that no listing had, which is so, too, of symbolic ones to nothing. */
export async function heldRefs(steps: Steps, env: Environment, fresh: readonly RefName[]): Promise<HeldRefs> {
  const trees = await steps.git(['worktree', 'list', '--porcelain'], env);
  if (trees.status !== 0) return { exit: trees, refs: new Set() };
  const common = await steps.git(['rev-parse', '--path-format=absolute', '--git-common-dir'], env);
  if (common.status !== 0) return { exit: common, refs: new Set() };
  // Also a branch that is not made yet. A bare repository, whose HEAD names one, is on none.
  const current = [...trees.stdout.matchAll(/^branch (.*)$/gm)].flatMap(([, ref]) => ref ?? []);
  const [commonDir, ...linked] = await gitDirsOf(common.stdout.replace(/\n$/, ''));
  const busy = await busyBranches([commonDir, ...linked]);
  const { exit, refs } = await leadingNowhere(steps, env, fresh);
  return { exit, refs: new Set([...current, ...(await headsIn(linked)), ...busy, ...refs]) };
}

/** Where git keeps, while HEAD is on none, which branches it will go back to or move (git, branch.c). */
const BUSY_FILES = ['rebase-merge/head-name', 'rebase-merge/update-refs', 'rebase-apply/head-name', 'BISECT_START'];
/** A rebase may be to move many; no name is longer than a path. */
const MOST_BYTES = 1024 * 1024;

/** Of all work trees: the common one, and then those of the linked ones. */
export async function gitDirsOf(commonDir: string): Promise<[string, ...string[]]> {
  const linked = path.join(commonDir, 'worktrees');
  const names = await fs.readdir(linked).catch(() => []);
  return [commonDir, ...names.map((name) => path.join(linked, name))];
}

/**
 * The branches that these are on. git lists no work tree whose `gitdir` a crash has left empty, and all works in it as
 * before.
 */
export async function headsIn(gitDirs: readonly string[]): Promise<string[]> {
  const lines = await linesInGitDirs(gitDirs, ['HEAD']);
  return lines.flatMap((line) => (line.startsWith(SYMBOLIC) ? line.slice(SYMBOLIC.length) : []));
}

const SYMBOLIC = 'ref: ';

/** By their full names. */
export async function busyBranches(gitDirs: readonly string[]): Promise<string[]> {
  const lines = await linesInGitDirs(gitDirs, BUSY_FILES);
  return lines.map((line) => (line.startsWith('refs/') ? line : `refs/heads/${line}`));
}

/** Of those files that are there. */
export async function linesInGitDirs(gitDirs: readonly string[], files: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  for (const gitDir of gitDirs) {
    for (const file of files) {
      const found = await readRegularFileInPool(path.join(gitDir, file), { mostBytes: MOST_BYTES });
      if (found.kind === 'read') lines.push(...Buffer.from(found.bytes).toString().split('\n'));
    }
  }
  return lines;
}

/** Told on stderr, of which only the end is kept: so it is asked until nothing more is told. */
async function leadingNowhere(steps: Steps, env: Environment, fresh: readonly RefName[]): Promise<HeldRefs> {
  const refs = new Set<string>();
  for (;;) {
    const names = fresh.filter((ref) => !refs.has(ref));
    if (names.length === 0) return { exit: DONE, refs };
    const exit = await steps.git(['cat-file', '--batch-check'], env, { input: `${names.join('\n')}\n` });
    const asked = new Set<string>(names);
    const told = [...exit.stderr.matchAll(/^warning: ignoring dangling symref (.*)$/gm)];
    const more = told.flatMap(([, ref = '']) => (asked.has(ref) ? ref : []));
    for (const ref of more) refs.add(ref);
    if (exit.status !== 0 || more.length === 0) return { exit, refs };
  }
}

export const DONE: GitExit = { status: 0, stdout: '', stderr: '' };
