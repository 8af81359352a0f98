// Owns: a remote whose refs move in every way, one move at a time, and what they are then.
// Leaves: which way they move (ref-moves.ts), and when (stir.ts).
import { randomUUID } from 'node:crypto';
import type { AtEnd } from '../../support/at-end.ts';
import { type Environment, openRepo, type TestRepo } from '../../support/temp-repo.ts';
import { createRefWriter } from '../ref-mover.ts';
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
  const write = createRefWriter(atEnd, directory, env);
  const refs = parseRefs(await repo.git('for-each-ref', REF_FORMAT));
  /** Commits the other repository has had. */
  const arrived: string[] = [];
  let moves = 0;
  const anArrived = (): string | undefined => arrived[Math.floor(Math.random() * arrived.length)];
  const set = async (ref: string, tip: string): Promise<void> => {
    await write(`update ${ref} ${tip}`);
    refs.set(ref, tip);
  };
  const act = async (move: Move): Promise<void> => {
    const head = move.kind === 'tag' ? MAIN : `refs/heads/${move.branch}`;
    const before = refs.get(head) ?? refs.get(MAIN) ?? '';
    switch (move.kind) {
      case 'forward':
        return set(head, await newCommit(repo, before));
      case 'back':
        return set(head, anArrived() ?? before);
      case 'make':
        return set(head, Math.random() < 0.5 ? before : await newCommit(repo, before));
      case 'delete':
        await write(`delete ${head}`);
        refs.delete(head);
        return;
      case 'tag':
        return set(`refs/tags/${name}-${moves}`, anArrived() ?? before);
      default:
        return move satisfies never;
    }
  };
  return {
    name,
    refs,
    move: async (isLast) => {
      moves += 1;
      const branches = [...refs.keys()].flatMap((ref) => (BRANCH.exec(ref) ?? []).slice(1));
      await act(chooseMove(branches, tellsDeletions || !isLast, Math.random));
      if (Math.random() < 1 / PACK_EVERY) await repo.git('pack-refs', '--all');
    },
    arrived: () => {
      arrived.push(...refs.values());
      arrived.splice(0, arrived.length - MOST_REMEMBERED);
    },
  };
}

const MAIN = 'refs/heads/main';
/** git-annex's own branch is left alone. */
const BRANCH = /^refs\/heads\/(?!git-annex$)(.*)$/;

const newCommit = (repo: TestRepo, parent: string): Promise<string> =>
  repo.git('commit-tree', '-m', randomUUID(), '-p', parent, `${parent}^{tree}`);
