// Owns: moving refs here to objects that are here, all of them or none, as a fetch would: from what they were, with its words in the reflog.
// Leaves: what they move to and whether they may (the callers), and a fetch where this did not come to pass (fetch.ts).
import type { RefMove } from '../../shared/events.ts';
import type { Environment } from '../../shared/git-environment.ts';
import type { ObjectName, RefName } from '../../shared/remote.ts';
import { LOCK_PATIENCE } from './lock-patience.ts';
import type { Steps } from './operation.ts';

/** A ref here whose value shows that all of an object is here; the move counts only if it still is so. */
export interface Witness {
  readonly ref: RefName;
  readonly tip: ObjectName;
}

/** `old` absent: there is none; `new` is always told. */
export type WantedMove = RefMove & { readonly new: ObjectName };

/** git's own words for each (builtin/fetch.c, update_local_ref). */
const WORDS: Readonly<Record<'forwarded' | 'forced' | 'new', string>> = {
  forwarded: 'fast-forward',
  forced: 'forced-update',
  new: 'storing head',
};

/** Whether all were moved; false: none was. */
export async function moveRefs(
  steps: Steps,
  env: Environment,
  { moves, witnesses }: { readonly moves: readonly WantedMove[]; readonly witnesses: readonly Witness[] },
): Promise<boolean> {
  const [first] = moves;
  if (first === undefined || first.how === 'deleted' || moves.some(({ how }) => how !== first.how)) return false;
  const orders = [
    ...moves.map(({ ref, old, new: to }) =>
      old === undefined ? `create ${ref}\0${to}\0` : `update ${ref}\0${to}\0${old}\0`,
    ),
    ...witnesses.map(({ ref, tip }) => `verify ${ref}\0${tip}\0`),
  ];
  const why = `${env.GIT_REFLOG_ACTION ?? 'fetch'}: ${WORDS[first.how]}`;
  const args = [...LOCK_PATIENCE, 'update-ref', '--no-deref', '-m', why, '--stdin', '-z'];
  return (await steps.git(args, env, { input: orders.join('') })).status === 0;
}
