// Owns: one `git fetch` out of the way of others, again while it loses races, with what it moves seen.
// Leaves: its arguments (fetch-commands.ts), and what its words mean (fetch-run.ts, fetch-exactly.ts).
import type { Environment } from '../../shared/git-environment.ts';
import { givingWay } from './give-way.ts';
import type { GitPlace, Steps } from './operation.ts';
import type { GitExit } from './run-git.ts';
import type { SeenMoves } from './see-moves.ts';
import { runUntilRaceIsWon } from './until-race-is-won.ts';

/** What every git of a fetch runs with. */
export interface Fetching {
  readonly steps: Steps;
  readonly place: GitPlace;
  readonly own: Environment;
  readonly seen: SeenMoves;
}

export interface OneFetch {
  /** Of `git`. */
  readonly args: readonly string[];
  /** The refspecs that git goes by. */
  readonly asked: readonly string[];
  /** As in FetchRequest. */
  readonly relay?: Environment | undefined;
  /** Called whenever git is started. */
  readonly onRun: () => void;
}

export const fetchOnce = ({ steps, place, own, seen }: Fetching, { args, asked, relay, onRun }: OneFetch) =>
  runUntilRaceIsWon(
    steps,
    (): Promise<GitExit> =>
      givingWay(steps, place.seesOther ?? (() => false), async (cut) => {
        onRun();
        return seen.during(asked, (hear) => steps.git(args, { ...own, ...relay }, { hear, ...(cut && { cut }) }));
      }),
  );
