// Owns: what a loop has failed by where its thread did, in words.
// Leaves: finding that out, and what is done about it (worker-pool.ts).
import type { Failure } from '../../../shared/failures.ts';
import type { LoopOwner, Slot } from './thread-slots.ts';

type Owners = Slot<unknown>['owners'];

export function crashed(error: unknown): Failure {
  const why = error instanceof Error ? error.message : 'it ended without a word';
  return { code: 'worker-crashed', detail: `its worker thread crashed (${why}); it is started again` };
}

/** A loop that does not end. */
export function stuck(owner: LoopOwner): Failure {
  return { code: 'worker-hung', detail: `the loop of ${shown(owner)} does not end; its worker thread is ended` };
}

export function stillborn(owners: Owners): Failure {
  return {
    code: 'worker-crashed',
    detail: `the worker thread of ${allOf(owners)} ended before it was ready; it is started again`,
  };
}

export function hung(owners: Owners): Failure {
  return {
    code: 'worker-hung',
    detail: `the worker thread of ${allOf(owners)} has hung; it is ended and started again`,
  };
}

const allOf = (owners: Owners): string => [...owners.values()].map(shown).join(', ');

const shown = ({ kind, name }: LoopOwner): string => (kind === 'remote' ? name : `the network ${name}`);
