// Owns: moving refs here to objects that are here, all of them or none, as a fetch would: from what they were, with its words in the reflog.
// Leaves: what they move to and whether they may (the callers), and a fetch where this did not come to pass (fetch.ts).
import type { RefMove } from '../../shared/events.ts';
import type { Environment } from '../../shared/git-environment.ts';
import type { ObjectName, RefName } from '../../shared/remote.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import type { Steps } from './operation.ts';

export interface WantedMove extends RefMove {
  readonly ref: RefName;
  /** What the remote calls it. */
  readonly source: RefName;
  /** Absent: there is none. */
  readonly old?: ObjectName;
  readonly new: ObjectName;
  readonly how: Exclude<RefMove['how'], 'deleted'>;
}

/** Sorted by what the reflog is to say of them, as git writes one text for all that it moves at once. */
export function byWords(moves: readonly WantedMove[]): readonly (readonly WantedMove[])[] {
  const groups = new Map<string, WantedMove[]>();
  for (const move of moves) {
    const words = wordsOf(move);
    groups.set(words, [...(groups.get(words) ?? []), move]);
  }
  return [...groups.values()];
}

/** Whether all were moved; false: none was, be it that not all of them have the same words. */
export async function moveRefs(steps: Steps, env: Environment, moves: readonly WantedMove[]): Promise<boolean> {
  const [first] = moves;
  if (first === undefined || byWords(moves).length > 1) return false;
  const orders = moves.map(orderOf);
  const why = `${env.GIT_REFLOG_ACTION ?? 'fetch'}: ${wordsOf(first)}`;
  // A ref that leads to another is followed, as git follows it.
  const args = [...LOCK_PATIENCE, 'update-ref', '-m', why, '--stdin', '-z'];
  return (await steps.git(args, env, { input: orders.join('') })).status === 0;
}

/** For `update-ref --stdin -z`. */
export const orderOf = ({ ref, old, new: to }: WantedMove): string =>
  old === undefined ? `create ${ref}\0${to}\0` : `update ${ref}\0${to}\0${old}\0`;

/** git's own (builtin/fetch.c, update_local_ref). */
export function wordsOf({ how, source }: Pick<WantedMove, 'how' | 'source'>): string {
  switch (how) {
    case 'forwarded':
      return 'fast-forward';
    case 'forced':
      return 'forced-update';
    case 'new':
      if (source.startsWith('refs/tags/')) return 'storing tag';
      return source.startsWith('refs/heads/') ? 'storing head' : 'storing ref';
    default:
      return how satisfies never;
  }
}
