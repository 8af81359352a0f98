// Owns: running a command of git again when another git was faster.
// Leaves: which words tell of that (shared/git-failures.ts), and the commands (fetch-run.ts, push.ts, …).
import { isLostRace } from '../../shared/git-failures.ts';
import type { Steps } from './operation.ts';
import type { GitExit } from './run-git.ts';

/** The waits before a command that lost a race, or met shallow.lock, is run again. */
const AGAIN_AFTER_MS = [50, 1_000, 3_000];

/** Runs a command, and again for as long as it loses races: the next run finds the ref up to date, or moves it. */
export async function runUntilRaceIsWon(steps: Steps, run: () => Promise<GitExit>): Promise<GitExit> {
  let exit = await run();
  for (const waitMs of AGAIN_AFTER_MS) {
    if (exit.status === 0 || !isLostRace(exit.stderr + exit.stdout)) break;
    await steps.wait(waitMs);
    exit = await run();
  }
  return exit;
}
