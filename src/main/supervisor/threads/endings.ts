// Owns: what it is for each loop that its thread has ended: its own fault, or a neighbour's.
// Leaves: telling whose fault it was (suspects.ts), and ending threads (worker-pool.ts).
import type { Failure } from '../../../shared/failures.ts';
import type { Suspects } from './suspects.ts';
import type { OwnerKey } from './thread-slots.ts';

/** Who lives in the threads of one place, one after the other: one that ended is followed by another. */
export interface Residence {
  /** Whose loops are open, each with the number of the thread that it was started in. */
  readonly residents: Map<OwnerKey, number | undefined>;
  /** By whose fault each thread has ended; undefined: nobody can tell yet. */
  readonly culprits: Map<number, OwnerKey | undefined>;
}

export const newResidence = (): Residence => ({ residents: new Map(), culprits: new Map() });

export interface Endings {
  /** A thread has ended, or is ended. The first that asks decides for all that lived there. `known`: by whose fault. */
  readonly culpritOf: (place: Residence, threadId: number, known?: OwnerKey) => OwnerKey | undefined;
  /** What a loop has ended by without a word: `failure`, unless its thread has ended by another's fault. */
  readonly failureFor: (
    place: Residence,
    owner: OwnerKey,
    failure: Failure,
    runs: (threadId: number) => boolean,
  ) => Failure;
}

export function createEndings(suspects: Suspects<OwnerKey>, log: (text: string) => void): Endings {
  const culpritOf: Endings['culpritOf'] = ({ residents, culprits }, threadId, known) => {
    if (culprits.has(threadId)) return culprits.get(threadId);
    const inIt = [...residents].flatMap(([owner, id]) => (id === threadId ? owner : []));
    const culprit = suspects.threadEnded(inIt, known);
    culprits.set(threadId, culprit);
    const by = culprit === undefined ? 'it is not known whose fault it was: they are put apart' : `by ${culprit}`;
    if (inIt.length > 1) log(`the worker thread of ${inIt.join(', ')} has ended; ${by}`);
    return culprit;
  };
  return {
    culpritOf,
    failureFor: (place, owner, failure, runs) => {
      const threadId = place.residents.get(owner);
      // One that ended before it was ready, or goes on with the others.
      if (threadId === undefined || runs(threadId) || culpritOf(place, threadId) === owner) return failure;
      return {
        code: 'thread-ended',
        detail: 'its worker thread has ended, and it is not known that this was its fault',
      };
    },
  };
}
