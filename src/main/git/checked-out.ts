// Owns: the branches of a mirror that linked work trees are on: git refuses a fetch that would write one of them, whole.
// Leaves: the fetch without them (fetch.ts), and telling a person (shared/refs/left-out.ts).
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Environment } from '../../shared/git-environment.ts';
import type { LeftOut } from '../../shared/refs/left-out.ts';
import { parseRefName, type RefName } from '../../shared/remote.ts';
import { heldRefs } from './held-refs.ts';
import type { GitPlace, Steps } from './operation.ts';
import type { PruneRequest } from './prune.ts';

/** Of a bare repository, whose directory is its git dir. Where it has no linked work trees, git is not asked. */
export async function branchesInUse(steps: Steps, { directory }: GitPlace, env: Environment): Promise<RefName[]> {
  if (!existsSync(path.join(directory, 'worktrees'))) return [];
  const { refs } = await heldRefs(steps, env, []);
  return [...refs].flatMap((text) => parseRefName(text) ?? []).filter((ref) => IS_BRANCH.test(ref));
}

/** A bisection that began on no branch, or a rebase of several, notes object names in the same files. */
const IS_BRANCH = /^refs\/heads\/(?!(?:[0-9a-f]{40}|[0-9a-f]{64})$)/;

/** A refspec; a mirror keeps each ref under its own name. */
export const leavingOut = (ref: RefName): string => `^${ref}`;

export const checkedOut = (ref: RefName): LeftOut => ({ ref, refspec: undefined, why: { kind: 'checked-out' } });

/** They are not deleted either. */
export const sparing = (prune: PruneRequest, inUse: readonly RefName[]): PruneRequest => ({
  ...prune,
  pruning: { refspecs: [...prune.pruning.refspecs, ...inUse.map(leavingOut)] },
});
