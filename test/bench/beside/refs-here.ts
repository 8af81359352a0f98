// Owns: what the refs of a repository are, again and again, for all who wait for some of them: one git for all.
// Leaves: what they should be (ref-tables.ts).
import { setTimeout as wait } from 'node:timers/promises';
import type { TestRepo } from '../../support/temp-repo.ts';
import { parseRefs, REF_FORMAT, type RefTable } from './ref-tables.ts';

export interface RefsHere {
  /** Whether it came to hold within the limit. */
  readonly until: (holds: (refs: RefTable) => boolean, limitMs: number) => Promise<boolean>;
  /** Looks until the signal, or until git fails; those that still wait, or come later, hear no. */
  readonly look: (ending: AbortSignal) => Promise<void>;
}

interface Waiting {
  readonly holds: (refs: RefTable) => boolean;
  readonly giveUpAtMs: number;
  readonly tell: (whether: boolean) => void;
}

const EVERY_MS = 50;

export function createRefsHere(repo: TestRepo): RefsHere {
  const waiting = new Set<Waiting>();
  let isOver = false;
  const settle = (one: Waiting, whether: boolean): void => {
    waiting.delete(one);
    one.tell(whether);
  };
  const lookOnce = async (): Promise<void> => {
    // Those that come while git looks are not told of what it saw: they wait for what moved since.
    const asked = [...waiting];
    const refs = parseRefs(await repo.git('for-each-ref', REF_FORMAT));
    for (const one of asked) {
      if (one.holds(refs)) settle(one, true);
      else if (performance.now() > one.giveUpAtMs) settle(one, false);
    }
  };
  return {
    until: async (holds, limitMs) => {
      if (isOver) return false;
      return new Promise((tell) => void waiting.add({ holds, giveUpAtMs: performance.now() + limitMs, tell }));
    },
    look: async (ending) => {
      try {
        while (!ending.aborted) {
          await lookOnce();
          await wait(EVERY_MS);
        }
      } finally {
        isOver = true;
        for (const one of waiting) settle(one, false);
      }
    },
  };
}
