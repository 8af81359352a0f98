// Owns: seeing which refs an operation moves here, while its gits run, and telling it once it is over.
// Leaves: what a row says (fetch-rows.ts), what no row says (moved-objects.ts), and the operations (fetch.ts).
import type { RefMove } from '../../shared/events.ts';
import type { Environment } from '../../shared/git-environment.ts';
import { gatherMoves, type Moves } from '../../shared/moves.ts';
import { WAITING_ROOMS } from '../../shared/refs/fetch-plan.ts';
import { createRowReader, readRow } from './fetch-rows.ts';
import { asRefsShow, withObjects } from './moved-objects.ts';
import type { GitPlace, Steps } from './operation.ts';
import { readRefFile } from './refs-here.ts';
import type { GitExit } from './run-git.ts';

export interface SeenMoves {
  /** It is so. */
  readonly add: (move: RefMove) => void;
  /** Runs a fetch by these refspecs; `hear` is for its stderr. */
  readonly during: (
    asked: readonly string[],
    run: (hear: (said: string) => void) => Promise<GitExit>,
  ) => Promise<GitExit>;
}

/** Runs it, and tells `steps` what it moved, also where it throws. */
export async function seeingMoves<T>(
  steps: Steps,
  { commonDir }: GitPlace,
  env: Environment,
  run: (seen: SeenMoves) => Promise<T>,
): Promise<T> {
  const gathered = gatherMoves();
  const readRef = commonDir === undefined ? () => undefined : readRefFile(commonDir);
  let isDoubtful = false;
  const seen: SeenMoves = {
    add: gathered.add,
    during: async (asked, fetch) => {
      let rows = 0;
      const hear = createRowReader((row) => {
        const move = readRow(row, asked);
        // What waits is nobody's yet.
        if (move === undefined || move.ref.startsWith(WAITING_ROOMS)) return;
        rows += 1;
        gathered.add(move);
      });
      const exit = await fetch(hear);
      if (exit.status !== 0 && rows > 0) isDoubtful = true;
      return exit;
    },
  };
  /** Where it was ended, and no git runs for it any more. */
  const asFilesTell = (): Moves => asRefsShow(gathered.now(), readRef);
  let result: T;
  try {
    result = await run(seen);
  } catch (thrown) {
    steps.moved(asFilesTell());
    throw thrown;
  }
  // What it came to is so, whatever becomes of asking where that leads.
  const asked = withObjects(gathered.now(), { git: steps.git, env, readRef, isDoubtful });
  steps.moved(await asked.catch(() => (isDoubtful ? asFilesTell() : gathered.now())));
  return result;
}
