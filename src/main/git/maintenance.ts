// Owns: git's own housekeeping, which fetches leave to us, in the queue and where it can be ended.
// Leaves: when it is due (maintenance-schedule.ts), and what keeps git from packing for nothing (gc-log.ts).
import { unattendedGitEnvironment } from '../../shared/git-environment.ts';
import { gitFailure } from '../../shared/git-failures.ts';
import { complaintsIn, gcLogPath, isGcResting, writeGcLog } from './gc-log.ts';
import { type GitPlace, type RunningOperation, startOperation } from './operation.ts';

/**
 * Starts `git maintenance run --auto`, as a plain `git fetch` would when it is done. It shows no sign while it works.
 * What is to be done, if anything, git reads from the user's gc.* and maintenance.*.
 */
export function startMaintenance(place: GitPlace): RunningOperation {
  return startOperation(place, async (steps) => {
    const env = unattendedGitEnvironment(place.environment, undefined, place.repositoryVariables);
    // git asks this only where it starts maintenance by itself.
    const allowed = await steps.git(['config', '--type=bool', '--get', 'maintenance.auto'], env);
    if (allowed.stdout.trim() === 'false') return { ok: true };
    const gcLog = await gcLogPath(steps, env);
    const resting = gcLog !== undefined && (await isGcResting(steps, env, gcLog)) ? WITHOUT_GC : [];
    const exit = await steps.git([...IN_FOREGROUND, ...resting, 'maintenance', 'run', '--auto', '--no-quiet'], env);
    const complaints = complaintsIn(exit);
    if (gcLog !== undefined && complaints !== '') writeGcLog(gcLog, complaints);
    return exit.status === 0 ? { ok: true } : { ok: false, failure: gitFailure(exit.stderr) };
  });
}

/** Detached, it would be in a session of its own, where nobody can end it. */
const IN_FOREGROUND = ['-c', 'gc.autoDetach=false', '-c', 'maintenance.autoDetach=false'];
/** All other tasks that the user wants go on. */
const WITHOUT_GC = ['-c', 'gc.auto=0'];
