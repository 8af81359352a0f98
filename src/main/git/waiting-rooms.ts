// Owns: emptying the waiting rooms of remotes that have nothing wait any more, or are gone.
// Leaves: what waits in the others (fetch.ts, bring-in.ts), and when it is looked (repository-git.ts).
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { WAITING_ROOMS, waitingRoom } from '../../shared/refs/fetch-plan.ts';
import type { Remote } from '../../shared/remote.ts';

import { LOCK_PATIENCE } from './lock-patience.ts';
import { type GitPlace, type RunningOperation, startOperation } from './operation.ts';
import { runUntilRaceIsWon } from './until-race-is-won.ts';

/** Of these remotes, the rooms that are in use. */
export const roomsOf = (remotes: readonly Pick<Remote, 'name' | 'plan'>[]): string[] =>
  remotes.flatMap(({ name, plan }) => (plan && plan.waiting.length > 0 ? waitingRoom(name) : [])).sort();

/** Starts deleting what waits in any other room. */
export function startEmptying(place: GitPlace, inUse: readonly string[]): RunningOperation {
  const rooms = new Set(inUse);
  return startOperation(place, async (steps) => {
    const env = unattendedGitEnvironment(place.environment, undefined, place.repositoryVariables);
    const exit = await runUntilRaceIsWon(steps, async () => {
      const listed = await steps.git(['for-each-ref', '--format=%(objectname) %(refname)', WAITING_ROOMS], env);
      const left = listed.stdout.split('\n').filter((line) => line !== '' && !rooms.has(roomIn(line)));
      if (listed.status !== 0 || left.length === 0) return listed;
      const input = left.map((line) => line.replace(/^(\S+) (.*)$/, 'delete $2 $1\n')).join('');
      return steps.git([...LOCK_PATIENCE, 'update-ref', '--no-deref', '--stdin'], env, { input });
    });
    return exit.status === 0 ? { ok: true } : { ok: false, failure: gitFailure(exit.stderr) };
  });
}

const roomIn = (line: string): string => {
  const ref = line.slice(line.indexOf(' ') + 1);
  return ref.slice(0, ref.indexOf('/', WAITING_ROOMS.length) + 1);
};
