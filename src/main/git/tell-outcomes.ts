// Owns: what the log says of the outcomes of git's work, each thing once: what is in doubt, what cannot be deleted, what git said.
// Leaves: what the protocol says of them (supervisor), and what a person is to do (shared/refs/left-out.ts).
import type { Doubt } from '../../shared/refs/loss.ts';
import type { RefName, RemoteName } from '../../shared/remote.ts';
import type { Outcome } from './operation.ts';

export interface TellOutcomes {
  readonly outcome: (remote: RemoteName, outcome: Outcome) => void;
  readonly mended: (remote: RemoteName, refs: readonly RefName[]) => void;
}

export function createTellOutcomes(log: (text: string) => void): TellOutcomes {
  const unpruned = new Set<RemoteName>();
  const tellUnpruned = (remote: RemoteName): void => {
    if (unpruned.has(remote)) return;
    unpruned.add(remote);
    log(
      `${remote}: its refs, or those here, cannot be listed whole, as they are too many: what is gone there is not deleted here`,
    );
  };
  /** By remote: what git said last that nobody knows the meaning of. */
  const saidOf = new Map<RemoteName, string>();
  const tellSaid = (remote: RemoteName, said: readonly string[]): void => {
    if (saidOf.get(remote) === said.join('\n')) return;
    saidOf.set(remote, said.join('\n'));
    for (const line of said) log(`${remote}: git said: ${line}`);
  };
  return {
    outcome: (remote, outcome) => {
      if (outcome.doubt?.looks === 1) log(`${remote}: ${describe(outcome.doubt)}`);
      if (outcome.unpruned) tellUnpruned(remote);
      if (!outcome.ok && outcome.failure.said) tellSaid(remote, outcome.failure.said);
    },
    mended: (remote, refs) => log(`${remote}: broken refs were taken away, to be fetched anew: ${refs.join(', ')}`),
  };
}

const describe = ({ gone }: Doubt): string =>
  `${gone.length} of its refs are said to be gone, ${gone[0]} among them: it is asked again before they are deleted here`;
