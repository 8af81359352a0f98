// Owns: a remote whose refs move in every way, one move at a time, and what they are then.
// Leaves: which way they move (ref-moves.ts), and when (stir.ts).
import { randomUUID } from 'node:crypto';
import type { AtEnd } from '../../support/at-end.ts';
import { type Environment, openRepo, type TestRepo } from '../../support/temp-repo.ts';
import { createRefWriter, type RefWriter } from '../ref-mover.ts';
import { chooseMove, type Move } from './ref-moves.ts';
import { parseRefs, REF_FORMAT, type RefTable } from './ref-tables.ts';

export interface RestlessRemote {
  readonly name: string;
  readonly refs: RefTable;
  /** `isLast`: nothing follows soon, so it has to be one that is noticed by itself. */
  readonly move: (isLast: boolean) => Promise<void>;
  /** To be called when all of it is in the other repository. */
  readonly arrived: () => void;
}

export interface RestlessOptions {
  readonly name: string;
  readonly directory: string;
  readonly env: Environment;
  /** git-annex-shell says nothing of a deletion: there it shows with the next move. */
  readonly tellsDeletions: boolean;
}

/** Of so many moves, one is followed by `git pack-refs`: then there are no files to watch but packed-refs. */
const PACK_EVERY = 40;
const MOST_REMEMBERED = 100;

export async function makeRestless(atEnd: AtEnd, options: RestlessOptions): Promise<RestlessRemote> {
  const { name, directory, env, tellsDeletions } = options;
  const repo = openRepo(directory, env);
  const refs = parseRefs(await repo.git('for-each-ref', REF_FORMAT));
  const state: State = { repo, write: createRefWriter(atEnd, directory, env), refs, arrived: [] };
  let moves = 0;
  return {
    name,
    refs,
    move: async (isLast) => {
      moves += 1;
      const branches = [...refs.keys()].flatMap((ref) => (BRANCH.exec(ref) ?? []).slice(1));
      const move = chooseMove(branches, tellsDeletions || !isLast, Math.random);
      await (move.kind === 'tag' ? tag(state, `refs/tags/${name}-${moves}`) : moveBranch(state, move));
      if (Math.random() < 1 / PACK_EVERY) await repo.git('pack-refs', '--all');
    },
    arrived: () => {
      state.arrived.push(...refs.values());
      state.arrived.splice(0, state.arrived.length - MOST_REMEMBERED);
    },
  };
}

interface State {
  readonly repo: TestRepo;
  readonly write: RefWriter;
  readonly refs: Map<string, string>;
  /** Commits that the other repository has had. */
  readonly arrived: string[];
}

async function moveBranch(state: State, move: Exclude<Move, { kind: 'tag' }>): Promise<void> {
  const ref = `refs/heads/${move.branch}`;
  const before = state.refs.get(ref) ?? mainOf(state);
  switch (move.kind) {
    case 'forward':
      return set(state, ref, await newCommit(state.repo, before));
    case 'back':
      // To the same it would be no move, and no news of a deletion before it.
      return set(state, ref, pickArrived(state, before) ?? (await newCommit(state.repo, before)));
    case 'make':
      return set(state, ref, Math.random() < 0.5 ? before : await newCommit(state.repo, before));
    case 'delete':
      await state.write(`delete ${ref}`);
      state.refs.delete(ref);
      return;
    default:
      return move satisfies never;
  }
}

const tag = (state: State, ref: string): Promise<void> => set(state, ref, pickArrived(state) ?? mainOf(state));

async function set({ write, refs }: State, ref: string, tip: string): Promise<void> {
  await write(`update ${ref} ${tip}`);
  refs.set(ref, tip);
}

function pickArrived({ arrived }: State, otherThan?: string): string | undefined {
  const found = arrived.filter((tip) => tip !== otherThan);
  return found[Math.floor(Math.random() * found.length)];
}

const MAIN = 'refs/heads/main';
/** git-annex's own branch is left alone. */
const BRANCH = /^refs\/heads\/(?!git-annex$)(.*)$/;

const mainOf = ({ refs }: State): string => refs.get(MAIN) ?? '';

const newCommit = (repo: TestRepo, parent: string): Promise<string> =>
  repo.git('commit-tree', '-m', randomUUID(), '-p', parent, `${parent}^{tree}`);
