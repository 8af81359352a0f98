// Owns: git's own housekeeping, which fetches leave to us, in the queue and where it can be ended.
// Leaves: when it is due (maintenance-schedule.ts).
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { type GitPlace, type RunningOperation, startOperation } from './operation.ts';

/**
 * Starts `git maintenance run --auto`, as a plain `git fetch` would when it is done. It shows no sign while it works.
 * What is to be done, if anything, git reads from the user's gc.* and maintenance.*.
 */
export function startMaintenance(place: GitPlace): RunningOperation {
  return startOperation(place, async ({ git }) => {
    const env = unattendedGitEnvironment(place.environment, undefined, place.repositoryVariables);
    // git asks this only where it starts maintenance by itself.
    const allowed = await git(['config', '--type=bool', '--get', 'maintenance.auto'], env);
    if (allowed.stdout.trim() === 'false') return { ok: true };
    const exit = await git([...IN_FOREGROUND, 'maintenance', 'run', '--auto'], env);
    return exit.status === 0 ? { ok: true } : { ok: false, failure: gitFailure(exit.stderr) };
  });
}

/** Detached, it would be in a session of its own, where nobody can end it. */
const IN_FOREGROUND = ['-c', 'gc.autoDetach=false', '-c', 'maintenance.autoDetach=false'];
